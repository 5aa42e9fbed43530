// The tasks. Each is a script for the model, what the folder holds before, and what must hold afterwards.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Script, ScriptTurn } from '../src/sim/plan/script.ts'
import type { Program, Step } from './programs/program.ts'

export interface Scenario {
  readonly name: string
  readonly prompt: string
  readonly turns: readonly ScenarioTurn[]
  readonly usesMcp?: boolean
  /** The first upstream rejects everything with a 429 once it has answered. */
  readonly failsOver?: boolean
  /** A second prompt in the same conversation. */
  readonly more?: { readonly prompt: string; readonly turns: readonly ScenarioTurn[] }
  /** The agent replaces the conversation by a summary before the second prompt. */
  readonly compacts?: true
  /** What the agent's folder must hold at the end. */
  readonly result: Readonly<Record<string, string>>
}

export interface ScenarioTurn {
  readonly reasoning?: string
  readonly text?: string
  readonly steps?: readonly Step[]
}

const NOTES = 'one\ntwo\n'
const POEM = 'Grüße, "walnut" & <two>\nend\n'
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGP4z8CAFTEMLQkAKP8/wc53yE4AAAAASUVORK5CYII='

const TURNS: readonly ScenarioTurn[] = [
  {
    reasoning: 'First I read the notes and list the folder.',
    text: 'I look around.',
    steps: [
      { do: 'read', file: 'notes.txt' },
      { do: 'shell', command: 'ls' },
    ],
  },
  { reasoning: 'Now the poem.', steps: [{ do: 'write', file: 'poem.txt', content: POEM }] },
  {
    reasoning: 'I check it.',
    text: 'I count its lines.',
    steps: [{ do: 'shell', command: 'wc -l < poem.txt > lines.txt' }],
  },
  { text: 'The poem is finished.' },
]
const RESULT = { 'poem.txt': POEM, 'lines.txt': '2\n' }

export const SCENARIOS: readonly Scenario[] = [
  { name: 'task', prompt: 'Write the poem of the notes into poem.txt.', turns: TURNS, result: RESULT },
  {
    name: 'fallback',
    prompt: 'Write the poem of the notes into poem.txt.',
    turns: TURNS,
    result: RESULT,
    failsOver: true,
  },
  {
    name: 'picture',
    prompt: 'Describe the picture in picture.txt.',
    turns: [
      { reasoning: 'I look at it.', steps: [{ do: 'look', file: 'picture.png' }] },
      { steps: [{ do: 'shell', command: 'echo red > picture.txt' }] },
      { text: 'It is red.' },
    ],
    result: { 'picture.txt': 'red\n' },
  },
  {
    name: 'mcp',
    prompt: 'Look up the word of the key k1 and write it into word.txt.',
    usesMcp: true,
    turns: [
      { steps: [{ do: 'mcp', arguments: { key: 'k1' } }] },
      { steps: [{ do: 'shell', command: 'echo walnut > word.txt' }] },
      { text: 'The word is walnut.' },
    ],
    result: { 'word.txt': 'walnut\n' },
  },
  {
    name: 'continue',
    prompt: 'Write the poem of the notes into poem.txt.',
    turns: TURNS,
    more: {
      prompt: 'Now copy that file to copy.txt.',
      turns: [
        { reasoning: 'A plain copy.', steps: [{ do: 'shell', command: 'cp poem.txt copy.txt' }] },
        { text: 'It is copied.' },
      ],
    },
    result: { ...RESULT, 'copy.txt': POEM },
  },
  {
    name: 'compact',
    prompt: 'Write the poem of the notes into poem.txt.',
    turns: [{ text: 'I look at numbers first.', steps: [{ do: 'shell', command: 'seq 1 4000' }] }, ...TURNS],
    compacts: true,
    more: {
      prompt: 'Now copy that file to copy.txt.',
      turns: [
        { reasoning: 'A plain copy.', steps: [{ do: 'shell', command: 'cp poem.txt copy.txt' }] },
        { text: 'It is copied.' },
      ],
    },
    result: { ...RESULT, 'copy.txt': POEM },
  },
]

/** The model's summary of a conversation. */
const SUMMARY = 'Two lines of a poem were written into poem.txt, and its lines were counted.'

/** Fills the folder in which the agent works. */
export function prepareWork(work: string): void {
  writeFileSync(join(work, 'notes.txt'), NOTES)
  writeFileSync(join(work, 'picture.png'), Buffer.from(PNG, 'base64'))
}

/** The scripts of a scenario with the tools of a program; undefined: the program has no tool for a step. */
export function scriptsFor(
  { prompt, turns, more, usesMcp, compacts }: Scenario,
  program: Program,
  work: string,
): readonly Script[] | undefined {
  if (compacts && !program.compaction) return undefined
  const search = usesMcp && program.mcpSearch ? [{ calls: [program.mcpSearch] }] : []
  const scripts: Script[] = compacts
    ? [{ when: program.compaction!.asksFor, turns: [{ text: `<summary>${SUMMARY}</summary>` }] }]
    : []
  // After a compaction the script goes on only for a conversation that holds the summary.
  const own = Array.from({ length: program.compaction?.ownTurns ?? 0 }, () => ({ text: 'Compacted.' }))
  const rest = more && compacts ? { prompt: SUMMARY, turns: [...own, ...more.turns] } : more
  // The prompt and the summary can be in one message. Then the first of the scripts plays.
  for (const part of [...(rest ? [rest] : []), { prompt, turns }]) {
    const planned = part.turns.map((turn) => scriptTurn(turn, program, work))
    if (planned.includes(undefined)) return undefined
    scripts.push({ when: part.prompt, turns: [...search, ...planned.filter((turn) => turn !== undefined)] })
  }
  return scripts
}

function scriptTurn({ steps = [], ...turn }: ScenarioTurn, program: Program, work: string): ScriptTurn | undefined {
  const calls = steps.map((step) => program.call(step, work)).filter((call) => call !== undefined)
  return calls.length === steps.length ? { ...turn, calls } : undefined
}

/** What is missing or different in the folder. */
export const wrongFiles = ({ result }: Scenario, work: string): readonly string[] =>
  Object.entries(result).flatMap(([file, content]) => {
    const found = readIfThere(join(work, file))
    return found === content ? [] : [`${file} is ${found === undefined ? 'missing' : JSON.stringify(found)}`]
  })

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
