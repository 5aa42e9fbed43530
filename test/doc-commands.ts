// The commands in the code blocks of a page, and what is wrong with one as its program would parse it. Nothing is run.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, CommanderError } from 'commander'
import { createAgentsProgram } from '../agents/flags.ts'
import { createBenchProgram } from '../bench/flags.ts'
import { createChaosProgram } from '../chaos/flags.ts'
import { createProgram, runProgram } from '../src/cli/program.ts'
import manifest from '../package.json'

const root = resolve(import.meta.dir, '..')

export interface DocCommand {
  /** From 1. */
  readonly line: number
  readonly words: readonly string[]
}

const SHELLS = new Set(['', 'sh', 'bash', 'shell', 'zsh', 'console', 'text'])
const OURS = /^(?:(?:\.\/)?dist\/)?sluice$|^npm$|^npx$/

/** Every call of `sluice`, `npm` and `npx` in the blocks of a page that a reader may take for a shell's. */
export function commandsIn(page: string): DocCommand[] {
  const found: DocCommand[] = []
  const lines = page.split('\n')
  let fence: { readonly mark: string; readonly isShell: boolean } | undefined
  for (let at = 0; at < lines.length; at++) {
    const [, mark, language] = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[at]!) ?? []
    if (mark !== undefined) fence = fence ? undefined : { mark, isShell: SHELLS.has(language!.toLowerCase()) }
    else if (fence?.isShell) {
      const first = at
      let text = lines[at]!
      while (isOpen(text) && at + 1 < lines.length && !/^\s*(?:`{3}|~{3})/.test(lines[at + 1]!))
        text = `${text.replace(/\\$/, '')}${text.endsWith('\\') ? ' ' : '\n'}${lines[++at]!}`
      found.push(...simpleCommands(text).map((words) => ({ line: first + 1, words })))
    }
  }
  return found
}

/** Whether a command of ours goes on in the next line. Other text may hold a lonely apostrophe. */
const isOpen = (text: string): boolean => text.endsWith('\\') || (/\b(?:sluice|npm|npx) /.test(text) && !wordsOf(text))

/** The commands of one logical line that are ours, without prompt, assignments before and redirections. */
function simpleCommands(text: string): string[][] {
  const words = wordsOf(text.replace(/^\s*\$ /, '')) ?? []
  const commands: string[][] = [[]]
  for (const word of words)
    if (word === SEPARATOR) commands.push([])
    else commands.at(-1)!.push(word)
  return commands
    .map((command) => command.slice(command.findIndex((word) => !/^\w+=/.test(word) && word !== 'exec')))
    .filter(([name]) => name !== undefined && OURS.test(name))
}

const SEPARATOR = '\n'
// A comment, an operator between commands, a redirection with its file, or a word of quoted and plain pieces.
const TOKEN =
  /(?<comment>(?<=^|\s)#[^\n]*)|(?<separator>\|\|?|&&|;|(?<!>)&(?!>)|\n)|(?<redirection>(?!<\w[\w.|-]*>(?:[\s\]]|$))\d*(?:<<?|>>?|&>)&?\s*[^\s|;&<>]*)|(?<word>(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|<\w[\w.|-]*>|[^\s"'|;&<>\\])+)|(?<space>[^\S\n]+)/gsy

/** Words and separators as a shell reads them; undefined where a quote is left open. */
function wordsOf(text: string): string[] | undefined {
  const words: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const groups = TOKEN.exec(text)?.groups
    if (!groups) return undefined
    if (groups['separator'] !== undefined) words.push(SEPARATOR)
    if (groups['word'] !== undefined) words.push(groups['word'].replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, '$1$2'))
  }
  return words
}

/** Why a command does not work as it stands; undefined when it does. */
export async function complaintAbout([name, ...args]: readonly string[]): Promise<string | undefined> {
  if (name === 'npm') return npmComplaint(args)
  if (name === 'npx') return npxComplaint(args)
  return parseComplaint(createProgram(manifest.version), args)
}

const NPM_COMMANDS = new Set(['ci', 'install', 'link', 'unlink', 'pack', '--version'])
const NPM_FLAGS = new Set(['--silent', '-s', '--'])

async function npmComplaint([verb = '', ...rest]: readonly string[]): Promise<string | undefined> {
  if (NPM_COMMANDS.has(verb)) return undefined
  const isRun = verb === 'run' || verb === 'run-script'
  const given = isRun ? rest.filter((word) => !NPM_FLAGS.has(word)) : [verb]
  const [script = ''] = given
  if (!isRun && !['start', 'test'].includes(verb)) return `npm has no command "${verb}" that is used here`
  if (!Object.hasOwn(manifest.scripts, script)) return `package.json has no script "${script}"`
  const end = rest.indexOf('--')
  const own = (end === -1 ? rest : rest.slice(0, end)).filter((word) => word !== script)
  const lost = own.find((word) => word.startsWith('-') && !NPM_FLAGS.has(word))
  if (lost !== undefined) return `npm keeps ${lost} for itself: write -- before the arguments`
  return scriptComplaint(script, [
    ...own.filter((word) => !NPM_FLAGS.has(word)),
    ...(end === -1 ? [] : rest.slice(end + 1)),
  ])
}

async function scriptComplaint(script: string, args: readonly string[]): Promise<string | undefined> {
  if (script === 'sluice') return parseComplaint(createProgram(manifest.version), args)
  if (script === 'start') return parseComplaint(createProgram(manifest.version), ['serve', ...args])
  if (script === 'bench') return parseComplaint(createBenchProgram(), args)
  if (script === 'test:agents' || script === 'test:clients') return parseComplaint(createAgentsProgram(), args)
  if (script === 'chaos') return parseComplaint(createChaosProgram(), args)
  return missingFile(args)
}

async function npxComplaint(words: readonly string[]): Promise<string | undefined> {
  const [tool = '', ...args] = words.slice(words.findIndex((word) => !word.startsWith('-')))
  if (tool === 'sluice') return parseComplaint(createProgram(manifest.version), args)
  return existsSync(join(root, 'node_modules/.bin', tool)) ? missingFile(args) : `no dependency has a command "${tool}"`
}

function missingFile(args: readonly string[]): string | undefined {
  const missing = args.find((word) => /^[\w./-]+\.(?:ts|mjs)$/.test(word) && !existsSync(join(root, word)))
  return missing === undefined ? undefined : `there is no file ${missing}`
}

async function parseComplaint(program: Command, args: readonly string[]): Promise<string | undefined> {
  disarm(program)
  const words = args.filter((word) => !/^\[?(?:options|args)?(?:\.\.\.)?\]?$/i.test(word)).map(withoutBrackets)
  if (isPlaceholder(words[0] ?? '') && program.commands.length > 0) return undefined
  try {
    await runProgram(program, words)
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0 ? undefined : thrown.message
  }
}

/** `[-c FILE]` of a synopsis as if it were typed. */
const withoutBrackets = (word: string): string => word.replace(/^\[(?=.)|(?<=.)\]$/g, '')

/** `FILE`, `<file>`, `$KEY`: something that the reader puts there. */
const isPlaceholder = (word: string): boolean => /^[A-Z][A-Z0-9_]*$|^<.+>$|^\$/.test(word)

/** Parses as ever, but does nothing, prints nothing and ends nothing. */
function disarm(command: Command): void {
  command.exitOverride().configureOutput({ writeOut() {}, writeErr() {} })
  for (const option of command.options) {
    const parse = option.parseArg
    if (parse)
      option.parseArg = <Value>(value: string, before: Value) =>
        isPlaceholder(value) ? before : (parse(value, before) as Value)
  }
  if (command.commands.length === 0) command.action(() => {})
  command.commands.forEach(disarm)
}
