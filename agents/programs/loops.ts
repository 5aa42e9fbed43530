// Loops of SDKs: each is a short program of its own, with three tools.
import { resolve } from 'node:path'
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

export const loops: readonly Program[] = LOOPS.map(([name, file, kind]) => ({
  name,
  isLoop: true,
  call(step) {
    switch (step.do) {
      case 'read':
        return { name: 'read', arguments: { file: step.file } }
      case 'write':
        return { name: 'write', arguments: { file: step.file, content: step.content } }
      case 'shell':
        return { name: 'shell', arguments: { command: step.command } }
      case 'look':
      case 'mcp':
        return undefined
    }
  },
  launch: ({ url, key, model, prompt }) => ({
    command: [process.execPath, resolve(import.meta.dir, '../loops', file), kind],
    environment: { LOOP_URL: url, LOOP_KEY: key, LOOP_MODEL: model, LOOP_PROMPT: prompt },
  }),
}))
