// Loops of SDKs: each is a short program of its own, with three tools.
import { resolve } from 'node:path'
import { loopProgram } from '../clients/programs.ts'
import type { Program } from './program.ts'

const LOOPS: readonly (readonly [name: string, file: string, kind: string])[] = [
  ['AI SDK openai', 'ai-sdk.ts', 'openai'],
  ['AI SDK compatible', 'ai-sdk.ts', 'compatible'],
  ['AI SDK anthropic', 'ai-sdk.ts', 'anthropic'],
  ['AI SDK google', 'ai-sdk.ts', 'google'],
  ['LangChain openai', 'langchain.ts', 'openai'],
  ['LangChain responses', 'langchain.ts', 'responses'],
  ['LangChain anthropic', 'langchain.ts', 'anthropic'],
  ['LangChain google', 'langchain.ts', 'google'],
  ['OpenAI Agents', 'openai-agents.ts', 'responses'],
  ['OpenAI Agents chat', 'openai-agents.ts', 'chat'],
]

export const loops: readonly Program[] = LOOPS.map(([name, file, kind]) =>
  loopProgram(name, () => [process.execPath, resolve(import.meta.dir, '../loops', file), kind]),
)
