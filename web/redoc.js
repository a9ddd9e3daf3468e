// ReDoc on our own document, with the fonts of the reader's system.
const place = document.getElementById("documentation");
const fonts = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
Redoc.init(place.dataset.document, {
  hideDownloadButton: false,
  nativeScrollbars: true,
  theme: {
    typography: { fontFamily: fonts, headings: { fontFamily: fonts }, code: { fontFamily: "ui-monospace, Consolas, monospace" } },
    colors: { primary: { main: "#0b6b57" } },
  },
}, place);
