// The command line as people type it, each in a process of its own.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createProgram } from './program.ts'

const main = resolve(import.meta.dir, '../main.ts')
const folder = mkdtempSync(join(tmpdir(), 'sluice-program-'))

beforeAll(() => {
  writeFileSync(join(folder, 'good.yaml'), 'providers: { openai: {} }\nmodels: { a: openai/a }')
  writeFileSync(join(folder, 'bad.yaml'), 'server: { drain: 60s }')
  mkdirSync(join(folder, 'other'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs it in the folder of the files, without any setting of the environment that it reads. */
async function sluice(...args: readonly string[]) {
  const child = Bun.spawn([process.execPath, main, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, error, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { out, error, code }
}

const GENERAL = 'Run "sluice --help" for the commands.\n'
const HELP = (command: string) => `Run "sluice ${command} --help" for the arguments and options.\n`

describe('an unknown command is an error', () => {
  test.each<[readonly string[], string]>([
    [['chekc'], 'unknown command "chekc"; did you mean "check"?'],
    [['chekc', '--json'], 'unknown command "chekc"; did you mean "check"?'],
    [['chekc', '--help'], 'unknown command "chekc"; did you mean "check"?'],
    [['srve', 'good.yaml'], 'unknown command "srve"; did you mean "serve"?'],
    [['Doctor'], 'unknown command "Doctor"; did you mean "doctor"?'],
    [['good.yaml'], 'unknown command "good.yaml"; to serve a configuration file: sluice serve good.yaml'],
    [['frobnicate'], 'unknown command "frobnicate"; the commands are serve, check, explain, doctor, sim, bench'],
    [['--no-simulate', 'chekc'], 'unknown command "chekc"; did you mean "check"?'],
    [['-c', 'good.yaml', 'check'], 'the command goes before its options: sluice check [options]'],
  ])('%j', async (args, message) =>
    expect(await sluice(...args)).toEqual({ out: '', error: `error: ${message}\n${GENERAL}`, code: 1 }),
  )

  test('below `explain` as well', async () =>
    expect(await sluice('explain', 'trnaslate')).toEqual({
      out: '',
      error: `error: unknown command "trnaslate"; did you mean "translate"?\nRun "sluice explain --help" for the commands.\n`,
      code: 1,
    }))
})

describe('a usage error ends with the command that prints help', () => {
  test.each<[readonly string[], string, string]>([
    [['check', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)", 'check'],
    [
      ['check', 'good.yaml', 'bad.yaml'],
      "too many arguments for 'check'. Expected 1 argument but got 2: good.yaml, bad.yaml.",
      'check',
    ],
    [['check', '-c'], "option '-c, --config <file>' argument missing", 'check'],
    [['serve', '--prot', '1'], "unknown option '--prot'", 'serve'],
    [['--prot', '1'], "unknown option '--prot'", 'serve'],
    [['bench'], "missing required argument 'url'", 'bench'],
    [['bench', 'http://127.0.0.1:1/v1', '-c', '5'], "unknown option '-c'", 'bench'],
    [
      ['explain', 'translate', '--from', 'openai-chat'],
      "required option '--to <format>' not specified",
      'explain translate',
    ],
  ])('%j', async (args, message, command) =>
    expect(await sluice(...args)).toEqual({ out: '', error: `error: ${message}\n${HELP(command)}`, code: 1 }),
  )
})

describe('the configuration file', () => {
  const GOOD = expect.stringContaining('good.yaml is valid.')
  test.each<[readonly string[]]>([
    [['check', 'good.yaml']],
    [['check', '-c', 'good.yaml']],
    [['check', '--config', 'good.yaml']],
    [['check', '--config=good.yaml']],
    [['check', 'good.yaml', '-c', 'good.yaml']],
    [['check', 'good.yaml', '-c', './other/../good.yaml']],
    [['check', '-c', 'good.yaml', 'good.yaml']],
  ])('%j', async (args) => expect(await sluice(...args)).toEqual({ out: GOOD, error: '', code: 0 }))

  test.each(['check', 'serve'])(
    'named as argument and as option with different files is an error of %s',
    async (command) =>
      expect(await sluice(command, 'good.yaml', '-c', 'bad.yaml')).toEqual({
        out: '',
        error: `error: two configuration files are given, good.yaml and bad.yaml; give one of them\n${HELP(command)}`,
        code: 1,
      }),
  )

  const MISSING = 'Name a configuration file as FILE, with --config or in SLUICE_CONFIG.'
  const NOT_STARTED =
    'Sluice was not started. Fix the configuration and start again; "sluice check" finds problems without starting.\n'
  test.each<[readonly string[], string]>([
    [['serve', 'missing.yaml'], `missing.yaml  The file does not exist. ${MISSING}\n\n${NOT_STARTED}`],
    [['serve', '-c', 'missing.yaml'], `missing.yaml  The file does not exist. ${MISSING}\n\n${NOT_STARTED}`],
    [['-c', 'missing.yaml'], `missing.yaml  The file does not exist. ${MISSING}\n\n${NOT_STARTED}`],
    [['serve', 'god.yaml'], `god.yaml  The file does not exist. Did you mean "good.yaml"?\n\n${NOT_STARTED}`],
    [['serve', 'other'], `other  The file is not a regular file. ${MISSING}\n\n${NOT_STARTED}`],
    [
      ['serve', 'bad.yaml'],
      `bad.yaml:1:11  server.drain: renamed; write "drainTimeout"\n    1 | server: { drain: *** }\n      |           ^\n\n${NOT_STARTED}`,
    ],
  ])('%j does not start and prints the reason', async (args, error) =>
    expect(await sluice(...args)).toEqual({ out: '', error, code: 1 }),
  )

  test('a file that does not exist is a problem of `check` too', async () =>
    expect(await sluice('check', 'god.yaml')).toEqual({
      out: 'god.yaml  The file does not exist. Did you mean "good.yaml"?\n\n1 problem in god.yaml\n',
      error: '',
      code: 1,
    }))
})

describe('the program itself', () => {
  test.each<[readonly string[], RegExp]>([
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['-V'], /^\d+\.\d+\.\d+\n$/],
    [['--help'], /^Usage: sluice [\s\S]*\n {2}check /],
    [['-h'], /^Usage: sluice /],
    [['help'], /^Usage: sluice /],
    [['help', 'check'], /^Usage: sluice check \[options\] \[file\]\n/],
    [['serve', '--help'], /^Usage: sluice serve \[options\] \[file\]\n/],
  ])('%j', async (args, out) =>
    expect(await sluice(...args)).toEqual({ out: expect.stringMatching(out), error: '', code: 0 }),
  )

  test('exactly the commands that read a configuration have -c, --config', () => {
    const flagsOf = (name: string) =>
      createProgram('0')
        .commands.find((command) => command.name() === name)!
        .options.map(({ flags }) => flags)
    const READERS = new Set(['serve', 'check', 'doctor'])
    for (const command of createProgram('0').commands) {
      const flags = flagsOf(command.name()).filter((each) => /^-c\b|--config\b/.test(each))
      expect([command.name(), flags]).toEqual([
        command.name(),
        READERS.has(command.name()) ? ['-c, --config <file>'] : [],
      ])
    }
  })
})
