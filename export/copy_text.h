/* copy_text: COPY's text format. */
#pragma once

/* What a backslash and this letter mean: COPY writes \b \f \n \r \t \v and \\. */
static inline char copy_text_unescaped(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return letter;
    }
}
