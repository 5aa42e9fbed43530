// `sluice` as npm installs it: bin/sluice.mjs under Node, which finds Bun among the package's own dependencies.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startChild, urlIn } from './child.ts'
import manifest from '../package.json'

const root = resolve(import.meta.dir, '..')
const launcher = join(root, manifest.bin.sluice)
const folder = mkdtempSync(join(tmpdir(), 'sluice-launcher-'))
const node = Bun.which('node')!
const READY = /Try it:[\s\S]*messages/
const FREE_PORTS = { SERVER_HOST: '127.0.0.1', SERVER_PORT: '0', METRICS_PORT: '0', SLUICE_MASTER_KEY: 'sk-x' }

beforeAll(() => {
  writeFileSync(join(folder, 'here.yaml'), 'providers: { openai: {} }\nmodels: { a: openai/a }')
  symlinkSync(launcher, join(folder, 'sluice'))
  // As `npm link` does it: the package is a link among the global ones, and the command a link into it.
  mkdirSync(join(folder, 'global/node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'global/node_modules/sluice'))
  mkdirSync(join(folder, 'global/bin'))
  symlinkSync(`../node_modules/sluice/${manifest.bin.sluice}`, join(folder, 'global/bin/sluice'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The path has Node, but not Bun. */
const ENVIRONMENT = { PATH: resolve(node, '..'), HOME: folder, NO_COLOR: '1' }

async function run(command: readonly string[], input = '') {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: ENVIRONMENT,
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, error, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { out, error, code }
}

test('package.json names the launcher, and npm packs it together with the sources', () => {
  expect(readFileSync(launcher, 'utf8')).toStartWith('#!/usr/bin/env node\n')
  expect(manifest.files).toContain('bin')
  expect(manifest.files).toContain('src')
})

describe.each([
  ['by its path', launcher],
  ['through a link', join(folder, 'sluice')],
  ['linked as npm does it', join(folder, 'global/bin/sluice')],
])('started %s, from another folder,', (_title, command) => {
  test('it prints its version', async () =>
    expect(await run([command, '--version'])).toEqual({ out: `${manifest.version}\n`, error: '', code: 0 }))

  test('it reads the files of that folder', async () =>
    expect(await run([command, 'check', 'here.yaml'])).toMatchObject({
      out: expect.stringContaining('here.yaml is valid.'),
      code: 0,
    }))
})

test('it forwards stdin, stdout and the exit code', async () => {
  const translate = [launcher, 'explain', 'translate', '--from', 'openai-chat', '--to', 'anthropic']
  const request = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello.' }] })
  const { out, code } = await run(translate, request)
  expect({ ...JSON.parse(out), code }).toMatchObject({ model: 'm', messages: [{ role: 'user' }], code: 0 })
  expect(await run(translate, '{')).toMatchObject({
    out: '',
    error: expect.stringContaining('not valid JSON'),
    code: 1,
  })
})

describe('a gateway that the launcher starts', () => {
  test.each([
    ['without a command', []],
    ['with `serve`', ['serve']],
    ['with `serve FILE`', ['serve', join(folder, 'here.yaml')]],
  ])('%s serves requests, and stops on SIGTERM', async (_title, args) => {
    const child = await startChild(args, READY, { ...FREE_PORTS, SLUICE_CONFIG: join(folder, 'here.yaml') }, [launcher])
    expect((await fetch(`${urlIn(child.output(), /API +(http:\S+)/)}/health/liveness`)).status).toBe(200)
    child.process.kill('SIGTERM')
    expect(await child.process.exited).toBe(0)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('gets %s once', async (signal) => {
    const child = await startChild([], READY, { ...FREE_PORTS, SLUICE_CONFIG: join(folder, 'here.yaml') }, [launcher])
    child.process.kill(signal)
    expect(await child.process.exited).toBe(0) // a second signal would make the exit code 1
  })

  test('reloads its file on SIGHUP', async () => {
    const child = await startChild(['serve', join(folder, 'here.yaml')], READY, FREE_PORTS, [launcher])
    child.process.kill('SIGHUP')
    while (!/"trigger":"signal"/.test(child.output())) await Bun.sleep(10)
    child.process.kill('SIGTERM')
    expect(await child.process.exited).toBe(0)
  })

  test('ends with the signal that killed Bun', async () => {
    const child = await startChild([], READY, FREE_PORTS, [launcher])
    const { pid } = child.process
    const [bun] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
    process.kill(bun!, 'SIGKILL')
    await child.process.exited
    expect(child.process.signalCode).toBe('SIGKILL')
  })

  test('has the terminal, and gets Ctrl-C once', async () => {
    let shown = ''
    const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
    const child = Bun.spawn([launcher], {
      cwd: folder,
      env: { ...ENVIRONMENT, ...FREE_PORTS, NO_COLOR: '' },
      terminal: {
        data: (_terminal, bytes) => {
          shown += Buffer.from(bytes).toString()
          if (READY.test(shown)) isReady()
        },
      },
    })
    await ready
    child.terminal!.write('\u0003')
    expect(await child.exited).toBe(0)
    expect(shown).toContain('\u001b[1mSluice') // bold text is sent to terminals only
  })
})

test('a Node that has process.execve replaces itself by Bun', async () => {
  const preload = 'data:text/javascript,process.execve=(...args)=>{console.log(JSON.stringify(args));process.exit(7)}'
  const { out, code } = await run([node, '--import', preload, launcher, 'check', 'here.yaml'])
  const [file, args, environment] = JSON.parse(out) as [string, string[], Record<string, string>]
  expect(file).toEndWith('/node_modules/bun/bin/bun.exe')
  expect(args).toEqual([file, join(root, 'src/main.ts'), 'check', 'here.yaml'])
  expect(environment).toMatchObject(ENVIRONMENT)
  expect(code).toBe(7)
})

describe('without Bun it prints the command to run', () => {
  const bare = join(folder, 'bare')
  const copy = join(bare, 'bin/sluice.mjs')
  const error = `sluice: Bun, which runs it, is not installed in ${bare}. Run "npm ci" there, then try again.\n`
  beforeAll(() => {
    mkdirSync(join(bare, 'bin'), { recursive: true })
    copyFileSync(launcher, copy)
  })

  test('if no dependencies are installed', async () =>
    expect(await run([node, copy, '--version'])).toEqual({ out: '', error, code: 1 }))

  test("if Bun's package has only the placeholder of its binary", async () => {
    const bun = join(bare, 'node_modules/bun')
    mkdirSync(join(bun, 'bin'), { recursive: true })
    writeFileSync(join(bun, 'package.json'), JSON.stringify({ name: 'bun', bin: { bun: 'bin/bun.exe' } }))
    writeFileSync(join(bun, 'bin/bun.exe'), 'echo not installed')
    expect(await run([node, copy, '--version'])).toEqual({ out: '', error, code: 1 })
  })
})
