import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Glob } from 'bun'
import { hasDefaultUrl, providerTypes } from '../providers/index.ts'
import { policyNames } from '../routing/config.ts'
import { RESERVED_PREFIXES } from '../schema/reserved-paths.ts'
import { loadConfigFile } from './load-file.ts'
import { OVERRIDES } from './overrides.ts'
import { allPaths, defaultAt } from './schema-walk.ts'
import { configSchema } from './schema.ts'

const root = resolve(import.meta.dir, '../..')
const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
const schema = configSchema(providerTypes)
const NAMED = new Set(['providers', 'models', 'routes'])

/** The rows of the table below a heading, cells without their quotes. */
const rows = (section: string) =>
  [...(text.split(`\n## \`${section}\`\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/^\| `([^`]+)` \| (.*?) ?\|/gm)].map(
    ([, key, fallback]) => ({ key: key!, fallback: fallback!.replace(/^`(.*)`$/, '$1') }),
  )

/** `providers.*.endpoints.*.url` as the page writes it: `endpoints[].url`. */
function documentedKeys(section: string): { key: string; path: string[] }[] {
  return allPaths(schema)
    .map((path) => path.split('.'))
    .filter((path) => path[0] === section && path.length > (NAMED.has(section) ? 2 : 1))
    .map((path) => ({ path, inside: path.slice(NAMED.has(section) ? 2 : 1).join('.') }))
    .filter(
      ({ inside }) =>
        !/^(?:endpoints|targets|fallbacks\.\w+|aliases|cors\.origins|trustedProxies|propagate\.baggage)\.\*$/.test(
          inside,
        ),
    )
    .map(({ path, inside }) => ({
      path,
      key: inside.replace(/^(endpoints|targets)\.\*/, '$1[]').replace('.*', '.NAME'),
    }))
}

test.each(Object.keys(schema.shape))('the page lists exactly the keys of %s, with their defaults', (section) => {
  const documented = rows(section).filter(({ key }) => !policyNames.some((policy) => policy === key))
  const known = documentedKeys(section)
  expect(documented.map(({ key }) => key).toSorted()).toEqual(known.map(({ key }) => key).toSorted())
  for (const { key, path } of known) {
    const fallback = defaultAt(schema, path)
    if (typeof fallback === 'object' || fallback === undefined) continue
    expect([key, documented.find((row) => row.key === key)!.fallback]).toEqual([key, String(fallback)])
  }
})

test('the page names every policy, every overriding variable and every provider type', () => {
  const words = [
    ...policyNames,
    ...Object.keys(OVERRIDES),
    ...Object.values(OVERRIDES).map((path) => path.join('.')),
    ...providerTypes,
  ]
  expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([])
})

const examples = [...new Glob('examples/*.yaml').scanSync(root)].toSorted()

test('the page names every reserved path prefix', () => {
  const sentence = /[^.]* are reserved\./.exec(text)?.[0] ?? ''
  expect([...sentence.matchAll(/`(\/[\w-]+)`/g)].map(([, path]) => path!)).toEqual([...RESERVED_PREFIXES])
})

test('there are examples', () => expect(examples).toHaveLength(3))

const keys = { SLUICE_MASTER_KEY: 'k', OPENAI_API_KEY: 'k', GROQ_API_KEY: 'k', AZURE_API_KEY: 'k' }

test.each(examples)('%s is valid with the keys that it names', (file) => {
  const { config } = loadConfigFile({ file: join(root, file), environment: keys, providerTypes, hasDefaultUrl })
  expect(config.models).not.toBeEmpty()
})
