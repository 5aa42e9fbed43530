// The types of the official libraries as validators: the output of Sluice is written as literals of these types, and the
// TypeScript compiler reports what does not match. No type is repeated here.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dir, '../..')

/** Names for the types of the libraries. */
const PRELUDE = `
import type { OpenAI } from 'openai'
import type Anthropic from '@anthropic-ai/sdk'
import type { GenerateContentResponse } from '@google/genai'
/** Enums are texts in JSON. As with real servers, a nullable field can be absent, and the reverse. \`caller\` is newer than most. */
type Wire<T> = T extends string ? \`\${T}\` : T extends object ? Fields<T> : T
type Fields<T> = T extends readonly (infer I)[] ? readonly Wire<I>[] : { [K in Firm<T>]: Wire<T[K]> } & { [K in Loose<T>]?: Wire<T[K]> | null }
type Loose<T> = { [K in keyof T]-?: K extends 'caller' ? K : unknown extends T[K] ? never : null extends T[K] ? K : undefined extends T[K] ? K : never }[keyof T]
type Firm<T> = Exclude<keyof T, Loose<T>>
type Google = Pick<GenerateContentResponse, 'candidates' | 'promptFeedback' | 'usageMetadata' | 'modelVersion' | 'responseId' | 'createTime' | 'modelStatus'>
/** \`output_text\` is the library's own sum. */
type Response = Omit<OpenAI.Responses.Response, 'output_text'>
type Terminal = OpenAI.Responses.ResponseCreatedEvent | OpenAI.Responses.ResponseInProgressEvent | OpenAI.Responses.ResponseCompletedEvent | OpenAI.Responses.ResponseIncompleteEvent | OpenAI.Responses.ResponseFailedEvent
type WithResponse<E> = E extends unknown ? Omit<E, 'response'> & { response: Response } : never
type Event = Exclude<OpenAI.Responses.ResponseStreamEvent, Terminal> | WithResponse<Terminal>
`

const TYPES = {
  ChatCompletion: 'Wire<OpenAI.Chat.ChatCompletion>',
  ChatCompletionChunk: 'Wire<OpenAI.Chat.ChatCompletionChunk>',
  ChatCompletionRequest: 'OpenAI.Chat.ChatCompletionCreateParams',
  OpenAIError: '{ error: OpenAI.ErrorObject }',
  Response: 'Wire<Response>',
  ResponseStreamEvent: 'Wire<Event>',
  ResponseRequest: 'OpenAI.Responses.ResponseCreateParams',
  Message: 'Wire<Anthropic.Message>',
  MessageStreamEvent: 'Wire<Anthropic.RawMessageStreamEvent>',
  MessageRequest: 'Anthropic.MessageCreateParams',
  AnthropicError: 'Anthropic.ErrorResponse',
  GenerateContentResponse: 'Wire<Google>',
} as const

export type TypeName = keyof typeof TYPES

export interface Sample {
  readonly type: TypeName
  readonly value: unknown
  /** It can have fields that the type does not have. */
  readonly isOpen?: boolean
  /** Its origin, for the message. */
  readonly from: string
}

/** The compiler checks for unknown fields only in a literal that is assigned directly. */
function lineOf({ type, value, isOpen }: Sample, at: number): string {
  const literal = JSON.stringify(value)
  return isOpen
    ? `const v${at} = ${literal} as const; export const s${at}: ${TYPES[type]} = v${at}`
    : `export const s${at}: ${TYPES[type]} = ${literal}`
}

/** Returns the compiler's errors, each with the origin of its value; empty if all values match. */
export async function checkTypes(samples: readonly Sample[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-types-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const lines = samples.map(lineOf)
    const prelude = PRELUDE.trim()
    await Bun.write(join(folder, 'samples.ts'), [prelude, ...lines].join('\n'))
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['samples.ts'] }))
    const first = prelude.split('\n').length + 1
    const output = await compile(folder)
    return output.flatMap((line) => {
      const [, at, what] = /^samples\.ts\((\d+),\d+\): (.*)$/.exec(line) ?? []
      return at === undefined ? [] : [`${samples[Number(at) - first]!.from}: ${what}`]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const OPTIONS = {
  target: 'esnext',
  module: 'preserve',
  moduleResolution: 'bundler',
  lib: ['esnext', 'dom'],
  types: [],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
}

async function compile(folder: string): Promise<string[]> {
  const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
  const child = Bun.spawn([process.execPath, tsc, '-p', folder, '--pretty', 'false'], { cwd: folder, stderr: 'pipe' })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  // Codes 1 and 2 mean errors, which are on standard output. If it is empty, the compiler itself failed.
  if (code !== 0 && !out.includes('error TS')) throw new Error(`tsc exited with ${code}: ${out}${err}`)
  return out.split('\n')
}
