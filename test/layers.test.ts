// Imports point down. A file may import from its own folder and from the layers below it, never from beside or above.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Glob } from 'bun'

const root = resolve(import.meta.dir, '..')

/** Top layer first. Folders on one layer do not know each other. */
const LAYERS = [
  ['main', 'cli', 'supervisor'],
  ['runtime'],
  ['gateway', 'bench', 'doctor'],
  ['http', 'config'],
  ['pipeline'],
  ['routing', 'access', 'limits', 'ledger', 'cache', 'guardrails', 'catalog', 'telemetry'],
  ['providers', 'upstream', 'store', 'state'],
  ['sim'],
  ['formats'],
  ['chat', 'codecs', 'schema'],
  ['errors'],
  ['units', 'near-names', 'edit-distance'],
] as const

/** The same inside of a folder that has layers of its own. */
const SUB_LAYERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  pipeline: [
    ['operations', 'pass-through'],
    ['choose'],
    ['relay'],
    ['attempt'],
    ['request'],
    ['transcode'],
    ['guard', 'stored'],
    ['arrive'],
    ['call'],
  ],
  formats: [
    ['encode-for', 'model-lists'],
    ['chat-formats', 'whole-formats'],
    ['embeddings', 'rerank', 'bedrock-invoke'],
    [
      'anthropic',
      'bedrock-converse',
      'cohere',
      'gemini',
      'ollama',
      'openai-chat',
      'openai-completions',
      'openai-passthrough',
      'openai-responses',
    ],
    ['claude', 'openai-shared'],
    ['envelope'],
    ['apis'],
    ['whole-format'],
    ['format'],
    ['history'],
    ['translation'],
    ['fields'],
  ],
}

const layerOf = (folder: string) => LAYERS.findIndex((folders) => (folders as readonly string[]).includes(folder))
const folderOf = (file: string) => file.split('/')[1]!.replace(/\.ts$/, '')
const subFolderOf = (file: string) => file.split('/')[2]!.replace(/\.ts$/, '')

/** Folders on one layer that may still import each other, with the reason. */
const NEIGHBOURS: Readonly<Record<string, string>> = {
  'cli -> supervisor': 'the serve command starts the workers',
  'main -> cli': 'the entry picks a command',
  'config -> http': 'the server section of the file is described beside the server that reads it',
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

const imports = files.flatMap((file) => insideImports(file).map((target) => ({ file, target })))

test('every import points down, except between the neighbours, which need their exceptions', () => {
  const others = imports
    .map(({ file, target }) => ({ file, from: folderOf(file), to: folderOf(target) }))
    .filter(({ from, to }) => from !== to && layerOf(from) >= layerOf(to))
    .map(({ file, from, to }) => ({ file, pair: `${from} -> ${to}` }))
  expect(others.filter(({ pair }) => !(pair in NEIGHBOURS))).toEqual([])
  expect(Object.keys(NEIGHBOURS).toSorted()).toEqual([...new Set(others.map(({ pair }) => pair))].toSorted())
})

describe.each(Object.entries(SUB_LAYERS))('inside of %s', (folder, layers) => {
  const subLayerOf = (file: string) => layers.findIndex((folders) => folders.includes(subFolderOf(file)))
  const inside = (file: string) => folderOf(file) === folder

  test('every import points down', () => {
    const wrong = imports
      .filter(({ file, target }) => inside(file) && inside(target) && subFolderOf(file) !== subFolderOf(target))
      .filter(({ file, target }) => subLayerOf(file) >= subLayerOf(target))
      .map(({ file, target }) => `${file} must not import ${target}`)
    expect(wrong).toEqual([])
  })

  test('every folder belongs to a layer', () => {
    expect(files.filter((file) => inside(file) && subLayerOf(file) === -1)).toEqual([])
  })
})

/** The folders inside of a format's folder, by what is translated, top first. Small formats have none. */
const FORMAT_FOLDERS = ['stream', 'response', 'request', 'content']
const formatFolders = [...new Glob('src/formats/*/index.ts').scanSync(root)].map((file) => dirname(file)).toSorted()
const cutFormats = formatFolders.filter((folder) => files.some((file) => file.startsWith(`${folder}/request/`)))

test('large formats are cut into the same folders', () => {
  const nested = files
    .filter((file) => formatFolders.some((folder) => isBelow(folder, file)))
    .filter((file) => file.split('/').length > 4)
  expect(cutFormats).not.toBeEmpty()
  expect([...new Set(nested.map((file) => dirname(file)))].toSorted()).toEqual(
    cutFormats.flatMap((folder) => FORMAT_FOLDERS.map((name) => `${folder}/${name}`)).toSorted(),
  )
})

describe.each(cutFormats)('inside of %s', (folder) => {
  /** What others import is above the folders; the files beside it (name, models, fields) are below them. */
  const levelOf = (file: string): number => {
    const child = childOf(folder, file)
    if (child === 'index.ts' || child === 'grammar.ts') return -1
    return child.endsWith('.ts') ? FORMAT_FOLDERS.length : FORMAT_FOLDERS.indexOf(child)
  }

  test('every import points down', () => {
    const wrong = imports
      .filter(({ file, target }) => isBelow(folder, file) && isBelow(folder, target))
      .filter(({ file, target }) => levelOf(file) > levelOf(target))
      .map(({ file, target }) => `${file} must not import ${target}`)
    expect(wrong).toEqual([])
  })
})

/** What of `folder` a file belongs to: the file itself, or the folder in it. */
function childOf(folder: string, file: string): string {
  return relative(folder, file).split('/')[0]!
}

test.each(['src', ...new Set(files.flatMap(foldersAbove))])('no folder inside of %s is part of a circle', (folder) => {
  const edges = new Map<string, Set<string>>()
  for (const { file, target } of imports.filter((each) => isBelow(folder, each.file) && isBelow(folder, each.target))) {
    const [from, to] = [childOf(folder, file), childOf(folder, target)]
    if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to))
  }
  expect(circleThrough(edges, (child) => !child.endsWith('.ts'))).toEqual([])
})

function foldersAbove(file: string): string[] {
  const parts = dirname(file).split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 2).join('/'))
}

function isBelow(folder: string, file: string): boolean {
  return file.startsWith(`${folder}/`)
}

/** A way from one of the nodes in question back to itself; empty when there is none. Files may need each other in turn. */
function circleThrough(edges: ReadonlyMap<string, ReadonlySet<string>>, isOne: (node: string) => boolean): string[] {
  for (const start of [...edges.keys()].filter(isOne)) {
    const ways = [[start]]
    const seen = new Set<string>()
    for (let way = ways.pop(); way; way = ways.pop())
      for (const next of edges.get(way.at(-1)!) ?? []) {
        if (next === start) return [...way, start]
        if (!seen.has(next)) ways.push([...way, next])
        seen.add(next)
      }
  }
  return []
}

/** Who alone writes each part of a call. */
const OWNERS: Readonly<Record<string, RegExp>> = {
  span: /^src\/pipeline\/arrive\/observed\.ts$/,
  principal: /^src\/pipeline\/arrive\/authenticated\.ts$/,
  body: /^src\/pipeline\/(?:arrive\/read-body|stored\/resolve-references)\.ts$/,
  stored: /^src\/pipeline\/stored\/resolve-references\.ts$/,
  recorder: /^src\/pipeline\/stored\/stored-responses\.ts$/,
  overrides: /^src\/pipeline\/arrive\/caller-overrides\.ts$/,
  choice: /^src\/pipeline\/(?:choose|operations|pass-through)\//,
}

test.each(Object.entries(OWNERS))('the %s of a call is written by its owner alone', (part, owner) => {
  const writes = new RegExp(`\\bcall\\.${part} = `)
  const writers = files.filter((file) => writes.test(readFileSync(join(root, file), 'utf8')))
  expect(writers).not.toBeEmpty()
  expect(writers.filter((file) => !owner.test(file))).toEqual([])
})

test('every folder belongs to a layer', () => {
  expect(files.filter((file) => layerOf(folderOf(file)) === -1)).toEqual([])
})

test('pure folders have no clock, no socket, no randomness and no environment', () => {
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
