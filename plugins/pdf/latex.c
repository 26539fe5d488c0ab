/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "latex.h"

#include <stdint.h>
#include <string.h>

typedef struct {
    gunichar c;
    uint8_t class;
    const char *command;
} symbol;

/* In the order of the characters. */
static const symbol SYMBOLS[] = {
    {'!', LATEX_CLOSE, "!"},
    {'#', LATEX_OTHER, "\\#"},
    {'$', LATEX_OTHER, "\\$"},
    {'%', LATEX_OTHER, "\\%"},
    {'&', LATEX_OTHER, "\\&"},
    {'\'', LATEX_PRIME, "'"},
    {'(', LATEX_OPEN, "("},
    {')', LATEX_CLOSE, ")"},
    {'*', LATEX_BINARY, "\\ast"},
    {'+', LATEX_BINARY, "+"},
    {',', LATEX_COMMA, ","},
    {'-', LATEX_BINARY, "-"},
    {'/', LATEX_BINARY, "/"},
    {';', LATEX_COMMA, ";"},
    {'<', LATEX_BINARY, "<"},
    {'=', LATEX_BINARY, "="},
    {'>', LATEX_BINARY, ">"},
    {'[', LATEX_OPEN, "["},
    {'\\', LATEX_BINARY, "\\setminus"},
    {']', LATEX_CLOSE, "]"},
    {'^', LATEX_OTHER, "\\hat{}"},
    {'_', LATEX_OTHER, "\\_"},
    {'{', LATEX_OPEN, "\\{"},
    {'|', LATEX_BINARY, "\\vert"},
    {'}', LATEX_CLOSE, "\\}"},
    {'~', LATEX_BINARY, "\\sim"},
    {0xAC, LATEX_LETTER, "\\neg"},
    {0xB1, LATEX_BINARY, "\\pm"},
    {0xB5, LATEX_LETTER, "\\mu"},
    {0xB7, LATEX_BINARY, "\\cdot"},
    {0xD7, LATEX_BINARY, "\\times"},
    {0xF7, LATEX_BINARY, "\\div"},
    {0x131, LATEX_LETTER, "\\imath"},
    {0x237, LATEX_LETTER, "\\jmath"},
    {0x393, LATEX_LETTER, "\\Gamma"},
    {0x394, LATEX_LETTER, "\\Delta"},
    {0x398, LATEX_LETTER, "\\Theta"},
    {0x39B, LATEX_LETTER, "\\Lambda"},
    {0x39E, LATEX_LETTER, "\\Xi"},
    {0x3A0, LATEX_LETTER, "\\Pi"},
    {0x3A3, LATEX_LETTER, "\\Sigma"},
    {0x3A5, LATEX_LETTER, "\\Upsilon"},
    {0x3A6, LATEX_LETTER, "\\Phi"},
    {0x3A8, LATEX_LETTER, "\\Psi"},
    {0x3A9, LATEX_LETTER, "\\Omega"},
    {0x3B1, LATEX_LETTER, "\\alpha"},
    {0x3B2, LATEX_LETTER, "\\beta"},
    {0x3B3, LATEX_LETTER, "\\gamma"},
    {0x3B4, LATEX_LETTER, "\\delta"},
    {0x3B5, LATEX_LETTER, "\\varepsilon"},
    {0x3B6, LATEX_LETTER, "\\zeta"},
    {0x3B7, LATEX_LETTER, "\\eta"},
    {0x3B8, LATEX_LETTER, "\\theta"},
    {0x3B9, LATEX_LETTER, "\\iota"},
    {0x3BA, LATEX_LETTER, "\\kappa"},
    {0x3BB, LATEX_LETTER, "\\lambda"},
    {0x3BC, LATEX_LETTER, "\\mu"},
    {0x3BD, LATEX_LETTER, "\\nu"},
    {0x3BE, LATEX_LETTER, "\\xi"},
    {0x3C0, LATEX_LETTER, "\\pi"},
    {0x3C1, LATEX_LETTER, "\\rho"},
    {0x3C2, LATEX_LETTER, "\\varsigma"},
    {0x3C3, LATEX_LETTER, "\\sigma"},
    {0x3C4, LATEX_LETTER, "\\tau"},
    {0x3C5, LATEX_LETTER, "\\upsilon"},
    {0x3C6, LATEX_LETTER, "\\varphi"},
    {0x3C7, LATEX_LETTER, "\\chi"},
    {0x3C8, LATEX_LETTER, "\\psi"},
    {0x3C9, LATEX_LETTER, "\\omega"},
    {0x3D1, LATEX_LETTER, "\\vartheta"},
    {0x3D5, LATEX_LETTER, "\\phi"},
    {0x3D6, LATEX_LETTER, "\\varpi"},
    {0x3F1, LATEX_LETTER, "\\varrho"},
    {0x3F5, LATEX_LETTER, "\\epsilon"},
    {0x2020, LATEX_OTHER, "\\dagger"},
    {0x2021, LATEX_OTHER, "\\ddagger"},
    {0x2022, LATEX_BINARY, "\\bullet"},
    {0x2026, LATEX_LETTER, "\\ldots"},
    {0x2032, LATEX_PRIME, "'"},
    {0x20D7, LATEX_OTHER, ""},
    {0x2102, LATEX_LETTER, "\\mathbb{C}"},
    {0x210D, LATEX_LETTER, "\\mathbb{H}"},
    {0x210F, LATEX_LETTER, "\\hbar"},
    {0x2111, LATEX_LETTER, "\\Im"},
    {0x2113, LATEX_LETTER, "\\ell"},
    {0x2115, LATEX_LETTER, "\\mathbb{N}"},
    {0x2118, LATEX_LETTER, "\\wp"},
    {0x2119, LATEX_LETTER, "\\mathbb{P}"},
    {0x211A, LATEX_LETTER, "\\mathbb{Q}"},
    {0x211C, LATEX_LETTER, "\\Re"},
    {0x211D, LATEX_LETTER, "\\mathbb{R}"},
    {0x2124, LATEX_LETTER, "\\mathbb{Z}"},
    {0x2126, LATEX_LETTER, "\\Omega"},
    {0x2135, LATEX_LETTER, "\\aleph"},
    {0x2190, LATEX_BINARY, "\\leftarrow"},
    {0x2191, LATEX_BINARY, "\\uparrow"},
    {0x2192, LATEX_BINARY, "\\to"},
    {0x2193, LATEX_BINARY, "\\downarrow"},
    {0x2194, LATEX_BINARY, "\\leftrightarrow"},
    {0x21A6, LATEX_BINARY, "\\mapsto"},
    {0x21D0, LATEX_BINARY, "\\Leftarrow"},
    {0x21D2, LATEX_BINARY, "\\Rightarrow"},
    {0x21D4, LATEX_BINARY, "\\Leftrightarrow"},
    {0x2200, LATEX_LETTER, "\\forall"},
    {0x2202, LATEX_LETTER, "\\partial"},
    {0x2203, LATEX_LETTER, "\\exists"},
    {0x2205, LATEX_LETTER, "\\emptyset"},
    {0x2206, LATEX_LETTER, "\\Delta"},
    {0x2207, LATEX_LETTER, "\\nabla"},
    {0x2208, LATEX_BINARY, "\\in"},
    {0x2209, LATEX_BINARY, "\\notin"},
    {0x220B, LATEX_BINARY, "\\ni"},
    {0x220F, LATEX_LARGE, "\\prod"},
    {0x2210, LATEX_LARGE, "\\coprod"},
    {0x2211, LATEX_LARGE, "\\sum"},
    {0x2212, LATEX_BINARY, "-"},
    {0x2213, LATEX_BINARY, "\\mp"},
    {0x2216, LATEX_BINARY, "\\setminus"},
    {0x2217, LATEX_BINARY, "\\ast"},
    {0x2218, LATEX_BINARY, "\\circ"},
    {0x221A, LATEX_LARGE, "\\surd"},
    {0x221D, LATEX_BINARY, "\\propto"},
    {0x221E, LATEX_LETTER, "\\infty"},
    {0x2223, LATEX_BINARY, "\\mid"},
    {0x2225, LATEX_BINARY, "\\Vert"},
    {0x2227, LATEX_BINARY, "\\wedge"},
    {0x2228, LATEX_BINARY, "\\vee"},
    {0x2229, LATEX_BINARY, "\\cap"},
    {0x222A, LATEX_BINARY, "\\cup"},
    {0x222B, LATEX_LARGE, "\\int"},
    {0x222E, LATEX_LARGE, "\\oint"},
    {0x223C, LATEX_BINARY, "\\sim"},
    {0x2243, LATEX_BINARY, "\\simeq"},
    {0x2245, LATEX_BINARY, "\\cong"},
    {0x2248, LATEX_BINARY, "\\approx"},
    {0x2260, LATEX_BINARY, "\\neq"},
    {0x2261, LATEX_BINARY, "\\equiv"},
    {0x2264, LATEX_BINARY, "\\leq"},
    {0x2265, LATEX_BINARY, "\\geq"},
    {0x226A, LATEX_BINARY, "\\ll"},
    {0x226B, LATEX_BINARY, "\\gg"},
    {0x2272, LATEX_BINARY, "\\lesssim"},
    {0x2273, LATEX_BINARY, "\\gtrsim"},
    {0x227A, LATEX_BINARY, "\\prec"},
    {0x227B, LATEX_BINARY, "\\succ"},
    {0x2282, LATEX_BINARY, "\\subset"},
    {0x2283, LATEX_BINARY, "\\supset"},
    {0x2286, LATEX_BINARY, "\\subseteq"},
    {0x2287, LATEX_BINARY, "\\supseteq"},
    {0x2295, LATEX_BINARY, "\\oplus"},
    {0x2296, LATEX_BINARY, "\\ominus"},
    {0x2297, LATEX_BINARY, "\\otimes"},
    {0x2299, LATEX_OTHER, "\\odot"},
    {0x22A2, LATEX_BINARY, "\\vdash"},
    {0x22A4, LATEX_OTHER, "\\top"},
    {0x22A5, LATEX_OTHER, "\\perp"},
    {0x22C5, LATEX_BINARY, "\\cdot"},
    {0x22C6, LATEX_OTHER, "\\star"},
    {0x22EF, LATEX_LETTER, "\\cdots"},
    {0x2308, LATEX_OPEN, "\\lceil"},
    {0x2309, LATEX_CLOSE, "\\rceil"},
    {0x230A, LATEX_OPEN, "\\lfloor"},
    {0x230B, LATEX_CLOSE, "\\rfloor"},
    {0x25E6, LATEX_OTHER, "\\circ"},
    {0x27E8, LATEX_OPEN, "\\langle"},
    {0x27E9, LATEX_CLOSE, "\\rangle"},
    {0x2A7D, LATEX_BINARY, "\\leqslant"},
    {0x2A7E, LATEX_BINARY, "\\geqslant"},
};

static const symbol *symbol_of(gunichar c)
{
    gsize from = 0, to = G_N_ELEMENTS(SYMBOLS);
    while (from < to) {
        gsize i = (from + to) / 2;
        if (SYMBOLS[i].c == c)
            return &SYMBOLS[i];
        if (SYMBOLS[i].c < c)
            from = i + 1;
        else
            to = i;
    }
    return NULL;
}

pdf_latex_class pdf_latex_classify(gunichar c)
{
    if (g_ascii_isdigit((char)c) && c < 0x80)
        return LATEX_DIGIT;
    if ((c < 0x80 && g_ascii_isalpha((char)c)) || (c >= 0x1D400 && c < 0x1D800))
        return LATEX_LETTER;
    if (c == '.')
        return LATEX_DIGIT;
    const symbol *s = symbol_of(c);
    return s ? s->class : LATEX_OTHER;
}

static bool ends_with_command(const GString *out)
{
    gsize i = out->len;
    while (i > 0 && g_ascii_isalpha(out->str[i - 1]))
        i--;
    return i > 0 && i < out->len && out->str[i - 1] == '\\';
}

void pdf_latex_put_string(GString *out, const char *s)
{
    bool link = *s == '(' && out->len && out->str[out->len - 1] == ']';
    if ((g_ascii_isalpha(*s) && ends_with_command(out)) || link)
        g_string_append_c(out, ' ');
    g_string_append(out, s);
}

/* Mathematical letters of Unicode, whose style is told with them. */
static gunichar plain_letter(gunichar c)
{
    gunichar whole[4];
    return c >= 0x1D400 && g_unichar_fully_decompose(c, TRUE, whole, 4) == 1 ? whole[0] : c;
}

static const char *alphabet_of(gunichar c)
{
    if (c >= 0x1D538 && c < 0x1D56C)
        return "\\mathbb{";
    if (c >= 0x1D49C && c < 0x1D504)
        return "\\mathcal{";
    if (c >= 0x1D504 && c < 0x1D5A0)
        return "\\mathfrak{";
    return (c >= 0x1D400 && c < 0x1D434) || (c >= 0x1D468 && c < 0x1D49C) ? "\\mathbf{" : NULL;
}

void pdf_latex_put(GString *out, gunichar c)
{
    const char *alphabet = alphabet_of(c);
    gunichar plain = plain_letter(c);
    const symbol *s = symbol_of(plain);
    char utf8[8] = {0};
    if (!s)
        g_unichar_to_utf8(plain, utf8);
    if (alphabet)
        pdf_latex_put_string(out, alphabet);
    pdf_latex_put_string(out, s ? s->command : utf8);
    if (alphabet)
        g_string_append_c(out, '}');
}

bool pdf_latex_is_function(const char *s, gsize n)
{
    static const char *const names[] = {"arg", "cos", "cosh", "cot",  "deg", "det", "dim",
                                        "exp", "gcd", "inf",  "ker",  "lim", "ln",  "log",
                                        "max", "min", "sin",  "sinh", "sup", "tan", "tanh"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
            return true;
    return false;
}

gunichar pdf_latex_script(gunichar c, bool raised)
{
    static const gunichar digits[] = {0x2070, 0xB9, 0xB2, 0xB3};
    if (c >= '0' && c <= '9')
        return !raised ? 0x2080 + c - '0' : c < '4' ? digits[c - '0'] : 0x2070 + c - '0';
    switch (c) {
    case '+':
        return raised ? 0x207A : 0x208A;
    case '-':
    case 0x2212:
        return raised ? 0x207B : 0x208B;
    default:
        return 0;
    }
}
