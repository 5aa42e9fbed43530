import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../config/problem.ts'
import { loadBeside } from './load-beside.ts'
import { loadFrom } from './configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-large-'))
afterAll(() => rmSync(folder, { recursive: true }))

const modelLines = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `  m${at}: { targets: [gpu/x${at}], timeouts: { total: ${at + 1}s } }\n`,
  ).join('')

function origin(name: string, text: string) {
  const file = join(folder, name)
  writeFileSync(file, text)
  return { file, environment: { KEY: 'sk-1' }, simulated: [] }
}

const valid = (models: number) =>
  'providers:\n  gpu: { type: vllm, endpoints: ["http://127.0.0.1:9"], apiKey: "${KEY}" }\nmodels:\n' +
  modelLines(models)

describe.each([1, 1000])('a configuration of %p models', (models) => {
  test('is the same as one that is read here', async () => {
    const given = origin('valid.yaml', valid(models))
    expect(await loadBeside(given)).toEqual(loadFrom(given))
  })

  test('has the same problems, and no secret in them', async () => {
    const given = origin('invalid.yaml', `${valid(models)}  wrong: { targets: [nowhere/x], policy: fast }\n`)
    const caught = async (load: () => unknown) => {
      try {
        await load()
        return undefined
      } catch (thrown) {
        return thrown as ConfigError
      }
    }
    const [beside, here] = [await caught(() => loadBeside(given)), await caught(() => loadFrom(given))]
    expect(beside).toBeInstanceOf(ConfigError)
    expect(beside!.problems).toEqual(here!.problems)
    expect(beside!.message).toBe(here!.message)
    expect(JSON.stringify(beside!.problems)).not.toContain('sk-1')
  })
})

test('other work goes on while a large file is read', async () => {
  const given = origin('large.yaml', valid(2000))
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  await loadBeside(given)
  clearInterval(counting)
  expect(turns).toBeGreaterThan(5) // read here, there would be none
})

test('a file that does not exist is reported as usual', async () => {
  await expect(loadBeside({ file: join(folder, 'none.yaml'), environment: {}, simulated: [] })).rejects.toThrow(
    'does not exist',
  )
})
