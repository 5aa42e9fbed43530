// Imports look down. A file may import from its own room and from the floors below it, never from beside or above.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Glob } from 'bun'

const root = resolve(import.meta.dir, '..')

/** Top floor first. Rooms on one floor do not know each other. */
const FLOORS = [
  ['main', 'cli', 'supervisor'],
  ['runtime'],
  ['gateway', 'bench', 'doctor'],
  ['http', 'config'],
  ['pipeline'],
  ['routing', 'access', 'limits', 'cache', 'checks', 'accounting', 'telemetry', 'batch'],
  ['providers', 'upstream', 'store', 'state'],
  ['sim'],
  ['formats'],
  ['chat', 'codecs', 'schema'],
  ['errors'],
  ['units', 'near-names', 'edit-distance'],
] as const

const floorOf = (room: string) => FLOORS.findIndex((rooms) => (rooms as readonly string[]).includes(room))
const roomOf = (file: string) => file.split('/')[1]!.replace(/\.ts$/, '')

/** Rooms on one floor that may still import each other, with the reason. */
const NEIGHBOURS: Readonly<Record<string, string>> = {
  'cli -> supervisor': 'the serve command starts the workers',
  'main -> cli': 'the entry picks a command',
  'config -> http': 'the server section of the file is described beside the server that reads it',
  'routing -> telemetry': 'a pool binds its metrics once',
  'upstream -> providers': 'a socket is opened to what a provider describes',
  'near-names -> edit-distance': 'nearness is a distance',
}

const files = [...new Glob('src/**/*.ts').scanSync(root)].filter((file) => !file.endsWith('.test.ts')).toSorted()

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
}

const insideImports = (file: string) =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(root, resolve(root, dirname(file), name)))
    .filter((name) => name.startsWith('src/'))

test('every import looks down', () => {
  const wrong = files.flatMap((file) =>
    insideImports(file)
      .map((target) => [roomOf(file), roomOf(target)] as const)
      .filter(([from, to]) => from !== to && floorOf(from) >= floorOf(to) && !(`${from} -> ${to}` in NEIGHBOURS))
      .map(([from, to]) => `${file}: ${from} must not import ${to}`),
  )
  expect(wrong).toEqual([])
})

test('every room has a floor', () => {
  expect(files.filter((file) => floorOf(roomOf(file)) === -1)).toEqual([])
})

test('the pure rooms have no clock, no socket, no chance and no environment', () => {
  const impure =
    /\bDate\.now|\bnew Date\(\)|performance\.now|Math\.random|process\.|Bun\.(?!hash)|\bfetch\(|setTimeout|setInterval/
  const pure = files.filter((file) => /^src\/(chat|codecs|formats|sim\/engine)\//.test(file))
  expect(pure.filter((file) => impure.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test('the environment is read in main.ts and config/ only', () => {
  const readers = files.filter((file) => /process\.env/.test(readFileSync(join(root, file), 'utf8')))
  expect(readers.filter((file) => !/^src\/(main\.ts|config\/)/.test(file))).toEqual([])
})

test('specifiers name the file, and nothing imports a test', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.') && (!/\.(ts|json)$/.test(name) || name.endsWith('.test.ts')))
      .map((name) => `${file}: ${name}`),
  )
  expect(wrong).toEqual([])
})
