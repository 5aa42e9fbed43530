import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from './check.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-check-'))
  writeFileSync(
    join(directory, 'good.yaml'),
    'providers: { openai: {} }\nmodels: { a: openai/a }\nroutes: { /v1/a: a }',
  )
  writeFileSync(join(directory, 'bad.yaml'), 'server: { port: 1, prot: 2 }\nlog: { level: loud }')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const file = (name: string) => join(directory, name)

test('a valid file is summarized', () => {
  expect(check({ config: file('good.yaml') }, {}, false)).toEqual({
    exitCode: 0,
    output: `${file('good.yaml')} is valid.\n  providers    1  openai\n  models       1  a\n  routes       1  /v1/a`,
  })
})

test('every problem of an invalid file is shown with its line and a caret', () => {
  const { exitCode, output } = check({ config: file('bad.yaml') }, {}, false)
  expect({ exitCode, output: output.replace(/(?<=allowed: )host,[^.]+/, 'KEYS') }).toEqual({
    exitCode: 1,
    output: `${file('bad.yaml')}:1:20  server.prot: "prot" is not a key here; allowed: KEYS. Did you mean "port"?
    1 | server: { port: 1, prot: *** }
      |                    ^
${file('bad.yaml')}:2:15  log.level: "loud" is not a log level; allowed: trace, debug, info, warn, error, fatal, silent
    2 | log: { level: loud }
      |               ^

2 problems in ${file('bad.yaml')}`,
  })
})

test('colour changes only the appearance', () => {
  const [plain, painted] = [false, true].map((color) => check({ config: file('bad.yaml') }, {}, color).output)
  expect(painted).toContain('\u001b[31m^\u001b[0m')
  expect(Bun.stripANSI(painted!)).toBe(plain!)
})

test.each([
  ['good.yaml', 0, { ok: true, providers: ['openai'], models: ['a'], routes: ['/v1/a'], files: [expect.any(String)] }],
  [
    'bad.yaml',
    1,
    {
      ok: false,
      problems: [
        { line: 1, column: 20, path: 'server.prot' },
        { line: 2, path: 'log.level' },
      ],
    },
  ],
  ['none.yaml', 1, { ok: false, problems: [{ line: 0, message: 'The file does not exist.' }] }],
] as const)('as JSON %s exits with %p', (name, exitCode, expected) => {
  const checked = check({ config: file(name), json: true }, {}, false)
  expect(checked.exitCode).toBe(exitCode)
  expect(JSON.parse(checked.output)).toMatchObject({ file: file(name), ...expected })
})

test('settings from the environment are checked too', () => {
  const { output } = check({ config: file('good.yaml') }, { SERVER_PORT: 'eighty' }, false)
  expect(output).toContain('server.port: the value of SERVER_PORT is not a port')
  expect(output).not.toContain('eighty')
})
