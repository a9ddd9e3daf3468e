// ReDoc on our own document, with the fonts of the reader's system, light or dark as that is.
const place = document.getElementById("documentation");
const fonts = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const dark = window.matchMedia("(prefers-color-scheme: dark)");
document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", () => location.reload());
const colours = dark.matches
  ? { primary: { main: "#4fc3a1" }, text: { primary: "#e4e9ea", secondary: "#b6c0c4" }, border: { dark: "#333c41", light: "#333c41" },
    http: { get: "#6ed6a0", post: "#7cc1ee" } }
  : { primary: { main: "#0b6b57" } };
Redoc.init(place.dataset.document, {
  hideDownloadButton: false,
  nativeScrollbars: true,
  theme: {
    typography: { fontFamily: fonts, headings: { fontFamily: fonts }, code: { fontFamily: "ui-monospace, Consolas, monospace",
      ...(dark.matches ? { backgroundColor: "#0f1416", color: "#f0b072" } : {}) } },
    colors: colours,
    ...(dark.matches ? { sidebar: { backgroundColor: "#191f22", textColor: "#e4e9ea" }, schema: { nestedBackground: "#191f22", typeNameColor: "#b6c0c4",
      typeTitleColor: "#b6c0c4" } } : {}),
  },
}, place);
