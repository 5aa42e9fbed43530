import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locateConfig } from './environment.ts'
import { loadConfigFile } from './load-file.ts'
import { ConfigError } from './problem.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-config-'))
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content)
  write('good.yaml', 'access: { masterKey: file:key }')
  write('key', '\n a key \n')
  symlinkSync('good.yaml', join(directory, 'link.yaml'))
  mkdirSync(join(directory, 'folder'))
  write('latin.yaml', Buffer.from('log: \xe9', 'latin1'))
  write('utf-16.yaml', Buffer.from('\ufefflog: {}', 'utf16le'))
  write('huge.yaml', '#'.repeat(1024 ** 2 + 1))
  write('large-key.yaml', 'access: { masterKey: file:huge.yaml }')
  write('folder-key.yaml', 'access: { masterKey: file:folder }')
  write('device-key.yaml', 'access: { masterKey: file:/dev/zero }')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const load = (file: string | undefined) =>
  loadConfigFile({ file, environment: {}, providerTypes: [], hasDefaultUrl: () => false })

test.each(['good.yaml', 'link.yaml'])(
  '%s is read with the secret file beside it, and both files are listed',
  (name) => {
    const { config, files } = load(join(directory, name))
    expect(config.access.masterKey).toBe('a key')
    expect(files).toEqual([join(directory, name), join(directory, 'key')])
  },
)

test('without a file, the configuration has its defaults', () => {
  const { config, files } = load(undefined)
  expect([config.server.port, files]).toEqual([8080, []])
})

test.each([
  ['nowhere.yaml', 'The file does not exist.'],
  ['good.yaml/x', 'The file is below a path that is not a directory.'],
  ['folder', 'The file is not a regular file.'],
  ['latin.yaml', 'The file is not UTF-8 text.'],
  ['utf-16.yaml', 'The file is not UTF-8 text.'],
  ['huge.yaml', 'The file is larger than 1024 KB.'],
  ['large-key.yaml', 'The file "huge.yaml" is larger than 64 KB.'],
  ['folder-key.yaml', 'The file "folder" is not a regular file.'],
  ['device-key.yaml', 'The file "/dev/zero" is not a regular file.'],
])('%s is a problem: %s', (name, message) => {
  expect(() => load(join(directory, name))).toThrow(ConfigError)
  expect(() => load(join(directory, name))).toThrow(message)
})

test.each([
  ['the flag before the variable', 'a.yaml', { SLUICE_CONFIG: 'b.yaml' }, 'a.yaml'],
  ['the variable', undefined, { SLUICE_CONFIG: 'b.yaml' }, 'b.yaml'],
  ['nothing for an empty variable', undefined, { SLUICE_CONFIG: '' }, undefined],
] as const)('the file is %s', (_, flag, environment, expected) =>
  expect(locateConfig(flag, environment)).toBe(expected),
)
