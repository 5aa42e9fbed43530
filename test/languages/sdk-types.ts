// The types of the official libraries as validators: what we write is put down as literals of these types, and the
// TypeScript compiler says what does not fit. Nothing of the types is written down here again.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dir, '../..')

/** How the types of a library are named below. */
const PRELUDE = `
import type { OpenAI } from 'openai'
import type Anthropic from '@anthropic-ai/sdk'
import type { GenerateContentResponse } from '@google/genai'
/** Enums on the wire are their texts; what may be null may be absent, and the reverse: so real servers have it. \`caller\` is newer than most. */
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
  /** It may have fields that the type has not. */
  readonly isOpen?: boolean
  /** Where it is from, for the message. */
  readonly from: string
}

/** Only what is assigned as a literal is looked through for fields that the type has not. */
function lineOf({ type, value, isOpen }: Sample, at: number): string {
  const literal = JSON.stringify(value)
  return isOpen
    ? `const v${at} = ${literal} as const; export const s${at}: ${TYPES[type]} = v${at}`
    : `export const s${at}: ${TYPES[type]} = ${literal}`
}

/** What the compiler says of the values, each with where it is from; empty when all fit. */
export async function checkTypes(samples: readonly Sample[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-types-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const lines = samples.map(lineOf)
    const prelude = PRELUDE.trim()
    await Bun.write(join(folder, 'samples.ts'), [prelude, ...lines].join('\n'))
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['samples.ts'] }))
    const first = prelude.split('\n').length + 1
    const said = await compile(folder)
    return said.flatMap((line) => {
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
  // 1 and 2: there are errors, which are on the standard output. Nothing there is a failure of the compiler.
  if (code !== 0 && !out.includes('error TS')) throw new Error(`tsc exited with ${code}: ${out}${err}`)
  return out.split('\n')
}
