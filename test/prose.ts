// What people read, taken out of pages and out of code.

/** The prose of a page, a paragraph, a heading or a table row each: without code, links' targets and addresses. */
export const proseOf = (markdown: string): string[] =>
  markdown
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '`')
    .replaceAll(/\]\([^)\s]*\)/g, ']')
    .split(/\n{2,}|\n(?=[#|*-])/)
    .filter((part) => part.trim() !== '')

const TOKENS =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`|\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*(?=[\s,.;:)\]])/g

/** The texts in a program that are sentences or parts of them: literals with a space in them, not comments or patterns. */
export const literalsIn = (code: string): string[] =>
  [...code.matchAll(TOKENS)]
    .map(([token]) => token)
    .filter((token) => /^['"`]/.test(token) && /[a-z,:] [a-z]/i.test(token.replaceAll(/\$\{[^}]*\}/g, '')))
    .map((token) =>
      token
        .slice(1, -1)
        .replaceAll(/\$\{[^}]*\}/g, '…')
        .replaceAll(/`[^`]*`/g, '`'),
    )
