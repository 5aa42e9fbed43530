import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Glob } from 'bun'
import { commandsIn, complaintAbout } from './doc-commands.ts'

const root = resolve(import.meta.dir, '..')
const pages = ['README.md', 'AGENTS.md', ...[...new Glob('docs/*.md').scanSync(root)].toSorted()]
const commandsOf = (page: string) => commandsIn(readFileSync(join(root, page), 'utf8'))

test.each(pages)('the commands in %s are valid as printed', async (page) => {
  const wrong: string[] = []
  for (const { line, words } of commandsOf(page)) {
    const problem = await complaintAbout(words)
    if (problem !== undefined) wrong.push(`${page}:${line}: ${words.join(' ')}: ${problem}`)
  }
  expect(wrong).toEqual([])
})

test('the pages contain commands of npm and sluice', () => {
  const names = new Set(pages.flatMap(commandsOf).map(({ words }) => words[0]))
  expect([...names]).toEqual(expect.arrayContaining(['npm', 'sluice']))
})

const block = (...lines: readonly string[]) => ['```sh', ...lines, '```'].join('\n')

describe('the commands of a page are found:', () => {
  test.each<[string, string, string[][]]>([
    ['a command with a comment', block('sluice check   # all of it'), [['sluice', 'check']]],
    ['a command after a prompt', block('$ sluice check'), [['sluice', 'check']]],
    ['a command after a variable assignment', block('A=1 B="x y" npm start'), [['npm', 'start']]],
    [
      'a path to the executable',
      block('dist/sluice serve', './dist/sluice'),
      [['dist/sluice', 'serve'], ['./dist/sluice']],
    ],
    ['a command between others', block('git clone x && cd sluice && npm start & sleep 1'), [['npm', 'start']]],
    [
      'the commands at both ends of a pipe',
      block('sluice check --json | jq . > out', 'cat a | npx sluice check'),
      [
        ['sluice', 'check', '--json'],
        ['npx', 'sluice', 'check'],
      ],
    ],
    ['a command with redirections', block('sluice check < in.json 2>&1 >> out'), [['sluice', 'check']]],
    [
      'a command that spans lines',
      block('sluice bench URL \\', '  --rate 5'),
      [['sluice', 'bench', 'URL', '--rate', '5']],
    ],
    [
      'a command with quotes that span lines',
      block(`sluice bench URL -H 'a: b # c' -k "$KEY" --body '{`, `}'`),
      [['sluice', 'bench', 'URL', '-H', 'a: b # c', '-k', '$KEY', '--body', '{\n}']],
    ],
    ['a command with a placeholder', block('sluice check <file>'), [['sluice', 'check', '<file>']]],
    ['a command in a block without a language', '```\nsluice sim\n```', [['sluice', 'sim']]],
    ['no command in prose', 'sluice is good\n', []],
    ['no command in a block of another language', '```mermaid\n  sluice --> metrics\n```\n```yaml\nsluice: 1\n```', []],
    ['no command in the output of a command', block("it's started", 'sluice.yaml:6:13  models', '# sluice chekc'), []],
    ['a command after output with an apostrophe', block("it's here", 'sluice sim'), [['sluice', 'sim']]],
  ])('%s', (_title, page, expected) => expect(commandsIn(page).map(({ words }) => words)).toEqual(expected))
})

describe('a valid command is accepted:', () => {
  test.each([
    'sluice',
    'sluice --no-simulate',
    'sluice --version',
    'sluice help check',
    'sluice COMMAND --help',
    'sluice <command> [options]',
    'sluice serve [FILE] [-c FILE] [--no-simulate]',
    'sluice check FILE',
    'sluice check examples/simple.yaml --json',
    'dist/sluice serve -c sluice.yaml',
    'sluice explain translate --from FORMAT --to anthropic < request.json',
    'sluice sim --servers N --port 9000 --profile <size>',
    'sluice bench URL [OPTIONS]',
    'sluice bench http://127.0.0.1:8080/v1 -j 5 -d 10s',
    'sluice doctor -m a -m b --full -y',
    'npx sluice check',
    'npx bun test src/units.test.ts',
    'npm ci',
    'npm link',
    'npm start',
    'npm start -- --config sluice.yaml',
    'npm test -- src/units.test.ts',
    'npm run sluice -- check --json',
    'npm run --silent check',
    'npm run bench -- --only streams --quick',
    'npm run chaos -- --seconds 60 --scenario killed-worker',
  ])('%s', async (line) => {
    const [command] = commandsIn(block(line))
    expect(await complaintAbout(command!.words)).toBeUndefined()
  })
})

describe('an invalid command is reported:', () => {
  test.each([
    ['sluice chekc', 'did you mean "check"?'],
    ['sluice explain translat --from anthropic --to gemini', 'did you mean "translate"?'],
    ['sluice check --jsno', 'unknown option'],
    ['sluice check a.yaml b.yaml', 'too many arguments'],
    ['sluice bench', 'missing required argument'],
    ['sluice bench http://127.0.0.1:8080/v1 -c 5', 'unknown option'],
    ['sluice explain translate --from anthropic', "required option '--to"],
    ['sluice explain translate --from anthropic --to nothing', 'Allowed choices are'],
    ['sluice sim --servers none', 'whole number'],
    ['sluice serve --config', 'argument missing'],
    ['npx sluice frob', 'unknown command'],
    ['npx frob', 'no dependency has a command "frob"'],
    ['npx bun bench/nowhere.ts', 'there is no file bench/nowhere.ts'],
    ['npm frob', 'npm has no command "frob"'],
    ['npm run frob', 'package.json has no script "frob"'],
    ['npm run sluice check --json', 'npm keeps --json for itself'],
    ['npm run sluice -- chekc', 'did you mean "check"?'],
    ['npm start -- --simulate', 'unknown option'],
    ['npm test -- src/nowhere.test.ts', 'there is no file src/nowhere.test.ts'],
    ['npm run bench -- --only nothing', 'Allowed choices are'],
    ['npm run chaos -- --scenario nothing', 'Allowed choices are'],
    ['npm run chaos -- --minutes 5', 'unknown option'],
  ])('%s', async (line, problem) => {
    const [command] = commandsIn(block(line))
    expect(await complaintAbout(command!.words)).toContain(problem)
  })
})
