// The tools of the loops, and what the harness tells them through the environment.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const given = (name: string): string => process.env[name] ?? ''

export const url = given('LOOP_URL')
export const apiKey = given('LOOP_KEY')
export const model = given('LOOP_MODEL')
export const prompt = given('LOOP_PROMPT')

export const MAX_TURNS = 12

export interface LoopTool {
  readonly name: string
  readonly description: string
  readonly parameters: z.ZodObject
  run(input: Readonly<Record<string, string>>): string
}

/** They work in the current folder. */
export const tools: readonly LoopTool[] = [
  {
    name: 'read',
    description: 'Reads a file.',
    parameters: z.object({ file: z.string() }),
    run: ({ file }) => readFileSync(file!, 'utf8'),
  },
  {
    name: 'write',
    description: 'Writes a file.',
    parameters: z.object({ file: z.string(), content: z.string() }),
    run({ file, content }) {
      writeFileSync(file!, content!)
      return ''
    },
  },
  {
    name: 'shell',
    description: 'Runs a shell command.',
    parameters: z.object({ command: z.string() }),
    run: ({ command }) => execFileSync('sh', ['-c', command!], { encoding: 'utf8' }),
  },
]
