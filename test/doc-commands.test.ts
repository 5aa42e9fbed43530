import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Glob } from 'bun'
import { commandsIn, complaintAbout } from './doc-commands.ts'

const root = resolve(import.meta.dir, '..')
const pages = ['README.md', 'AGENTS.md', ...[...new Glob('docs/*.md').scanSync(root)].toSorted()]
const commandsOf = (page: string) => commandsIn(readFileSync(join(root, page), 'utf8'))

test.each(pages)('the commands of %s work as they stand there', async (page) => {
  const wrong: string[] = []
  for (const { line, words } of commandsOf(page)) {
    const complaint = await complaintAbout(words)
    if (complaint !== undefined) wrong.push(`${page}:${line}: ${words.join(' ')}: ${complaint}`)
  }
  expect(wrong).toEqual([])
})

test('there are commands to check', () => {
  const names = new Set(pages.flatMap(commandsOf).map(({ words }) => words[0]))
  expect([...names]).toEqual(expect.arrayContaining(['npm', 'sluice']))
})

const block = (...lines: readonly string[]) => ['```sh', ...lines, '```'].join('\n')

describe('commands are found', () => {
  test.each<[string, string, string[][]]>([
    ['with a comment', block('sluice check   # all of it'), [['sluice', 'check']]],
    ['behind a prompt', block('$ sluice check'), [['sluice', 'check']]],
    ['behind an assignment', block('A=1 B="x y" npm start'), [['npm', 'start']]],
    ['as an executable', block('dist/sluice serve', './dist/sluice'), [['dist/sluice', 'serve'], ['./dist/sluice']]],
    ['between others', block('git clone x && cd sluice && npm start & sleep 1'), [['npm', 'start']]],
    [
      'at both ends of a pipe',
      block('sluice check --json | jq . > out', 'cat a | npx sluice check'),
      [
        ['sluice', 'check', '--json'],
        ['npx', 'sluice', 'check'],
      ],
    ],
    ['with what is read and written', block('sluice check < in.json 2>&1 >> out'), [['sluice', 'check']]],
    ['over several lines', block('sluice bench URL \\', '  --rate 5'), [['sluice', 'bench', 'URL', '--rate', '5']]],
    [
      'with quotes, over lines too',
      block(`sluice bench URL -H 'a: b # c' -k "$KEY" --body '{`, `}'`),
      [['sluice', 'bench', 'URL', '-H', 'a: b # c', '-k', '$KEY', '--body', '{\n}']],
    ],
    ['with a placeholder', block('sluice check <file>'), [['sluice', 'check', '<file>']]],
    ['in a block of no language', '```\nsluice sim\n```', [['sluice', 'sim']]],
    ['but not in text', 'sluice is good\n', []],
    ['nor in another language', '```mermaid\n  sluice --> metrics\n```\n```yaml\nsluice: 1\n```', []],
    ['nor in what a command printed', block("it's started", 'sluice.yaml:6:13  models', '# sluice chekc'), []],
    ['nor after an apostrophe in other text', block("it's here", 'sluice sim'), [['sluice', 'sim']]],
  ])('%s', (_title, page, expected) => expect(commandsIn(page).map(({ words }) => words)).toEqual(expected))
})

describe('right ones pass', () => {
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

describe('wrong ones do not', () => {
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
  ])('%s', async (line, complaint) => {
    const [command] = commandsIn(block(line))
    expect(await complaintAbout(command!.words)).toContain(complaint)
  })
})
