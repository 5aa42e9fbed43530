// Loops of official clients of other languages: each is a short program with three tools.
import { resolve } from 'node:path'
import type { Program } from '../programs/program.ts'
import { goLoop, javaLoop, python } from './install.ts'

/** Name, file and argument. */
const PYTHON: readonly (readonly [name: string, file: string, maker?: string])[] = [
  ['Python openai', 'openai_chat.py'],
  ['Python openai responses', 'openai_responses.py'],
  ['Python anthropic', 'anthropic_loop.py'],
  ['Python anthropic tool_runner', 'anthropic_runner.py'],
  ['Python google-genai', 'google_genai.py'],
  ['Python litellm openai', 'litellm_loop.py', 'openai'],
  ['Python litellm anthropic', 'litellm_loop.py', 'anthropic'],
  ['Python langchain openai', 'langchain_loop.py', 'openai'],
  ['Python langchain responses', 'langchain_loop.py', 'responses'],
  ['Python langchain anthropic', 'langchain_loop.py', 'anthropic'],
  ['Python pydantic-ai openai', 'pydantic_ai_agent.py', 'openai'],
  ['Python pydantic-ai responses', 'pydantic_ai_agent.py', 'responses'],
  ['Python pydantic-ai anthropic', 'pydantic_ai_agent.py', 'anthropic'],
  ['Python pydantic-ai google', 'pydantic_ai_agent.py', 'google'],
  ['Python boto3', 'boto3_converse.py'],
  ['Python cohere', 'cohere_loop.py'],
  ['Python cohere stream', 'cohere_loop.py', 'stream'],
  ['Python ollama', 'ollama_loop.py'],
  ['Python instructor', 'instructor_loop.py'],
]

const GO: readonly (readonly [name: string, maker: string])[] = [
  ['Go openai-go', 'openai'],
  ['Go anthropic-sdk-go', 'anthropic'],
  ['Go genai', 'google'],
]

const JAVA: readonly (readonly [name: string, maker: string])[] = [
  ['Java openai-java', 'openai'],
  ['Java anthropic-java', 'anthropic'],
  ['Java langchain4j', 'langchain4j'],
]

/** The three tools have the same names in every language. */
export const callOfLoop: Program['call'] = (step) => {
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
}

/** A loop as a program. `command`: what runs it; it reads everything else from its environment. */
export const loopProgram = (name: string, command: () => readonly string[]): Program => ({
  name,
  isLoop: true,
  call: callOfLoop,
  launch: ({ url, key, model, prompt }) => ({
    command: command(),
    environment: { LOOP_URL: url, LOOP_KEY: key, LOOP_MODEL: model, LOOP_PROMPT: prompt },
  }),
})

export const clients: readonly Program[] = [
  ...PYTHON.map(([name, file, maker]) =>
    loopProgram(name, () => [python(), resolve(import.meta.dir, 'python', file), ...(maker ? [maker] : [])]),
  ),
  ...JAVA.map(([name, maker]) => loopProgram(name, () => [...javaLoop(), maker])),
  ...GO.map(([name, maker]) => loopProgram(name, () => [goLoop(), maker])),
]
