// The voice of everything that a user reads: plain technical English, without the private words that it once had.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Glob } from 'bun'
import { literalsIn, proseOf } from './prose.ts'

const root = resolve(import.meta.dir, '..')

/** A word that readers had to translate, and what to write instead. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:gone|goes|go|going) on (?:with|at|elsewhere)\b/i, 'resumed on another endpoint'],
  [/\bleft alone\b/i, 'ejected; taken out of rotation'],
  [/\b(?:told|says|said|asked)\b/i, 'returns; reports; reported; requested'],
  [/\bthat is none\b|\bno JSON\b|\bis none\b/i, 'an invalid response; not valid JSON'],
  [/\banew\b/i, 'again'],
  [/(?<!\b(?:any|every|some|no)(?:thing|where|one) |\bwhat |\bor )\belse\b/i, 'otherwise'],
  [/\bso many\b/i, 'that many'],
  [/\bas good as\b/i, 'treated as'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bfor people\b/i, 'an HTML page'],
  [/\bby its words\b/i, 'by its message'],
  [/\bcan(?:not|'t) (?:be said|say|be told)\b/i, 'unsupported parameters'],
  [/\bcallers?\b|\bstrangers?\b|\bwho asks\b/i, 'clients'],
  [/\btime (?:is|was) (?:over|up)\b|\b(?:falls?|fell|fallen) silent\b/i, 'timed out; stops sending'],
  [
    /\b(?:whoever|whomever|whatever it is|nobody|somebody|anybody)\b/i,
    'name the actor: Sluice, the client, the upstream, the operator',
  ],
  [/\b(?:tongues?|sifts?|gist)\b/i, 'format; filter; summary'],
]

/** `docs/streams.md: "told" (write: ...) in "..."` */
const problemsIn = (file: string, texts: readonly string[]): string[] =>
  texts.flatMap((text) =>
    WORDS.flatMap(([word, instead]) => {
      const found = word.exec(text)
      if (!found) return []
      const around = text.slice(Math.max(0, found.index - 40), found.index + 60).replaceAll(/\s+/g, ' ')
      return [`${file}: "${found[0]}" (write: ${instead}) in "${around}"`]
    }),
  )

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const files = (pattern: string) => [...new Glob(pattern).scanSync(root)].toSorted()

test('the pages use the words of the field', () => {
  const pages = ['README.md', 'AGENTS.md', ...files('docs/*.md')]
  expect(pages.flatMap((page) => problemsIn(page, proseOf(read(page))))).toEqual([])
})

test('so does every message, help text and log line', () => {
  const code = files('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
  expect(code.flatMap((file) => problemsIn(file, literalsIn(read(file))))).toEqual([])
})

test('each of these words is found where it stands', () => {
  const lines = ['It is told anew.', 'Callers mend it.', 'A page for people; nobody cares.', 'Ask it, else wait.']
  expect(problemsIn('x', lines).map((problem) => /"(.*?)"/.exec(problem)![1])).toEqual([
    'told',
    'anew',
    'mend',
    'Callers',
    'for people',
    'nobody',
    'else',
  ])
})
