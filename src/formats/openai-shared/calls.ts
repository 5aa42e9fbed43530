import type { Extra, NativePart, Seal, ToolCallPart } from '../../chat/part.ts'
import { readSeal, sealText } from '../../chat/seal.ts'
import { type Fields, isRecord } from '../fields/fields.ts'
import { decodeCache } from './cache.ts'
import { NAME } from './name.ts'
import { filled } from '../fields/values.ts'

/** Arguments as JSON text. Some servers send the object itself, or nothing for a call without arguments. */
export function argumentText(value: unknown): string {
  if (typeof value === 'string') return value.trim() === '' ? '{}' : value
  return value === null || value === undefined ? '{}' : JSON.stringify(value)
}

/** Decodes an entry of `tool_calls`. `fallbackId`: the id for a call without one; if undefined, the id is required. */
export function decodeCall(call: Fields, original: unknown, fallbackId?: string): ToolCallPart | NativePart {
  const type = call.string('type') || 'function'
  if (type !== 'function') return { type: 'native', format: NAME, kind: type, value: original }
  call.any('index')
  const called = call.requiredObject('function')
  const id = filled(call.any('id')) ?? fallbackId
  if (id === undefined) throw call.wrong('id', 'is missing')
  return {
    type: 'tool-call',
    id,
    name: called.requiredString('name'),
    arguments: argumentText(called.any('arguments')),
    ...decodeCache(call),
    ...decodeSeal(call),
    ...call.extra(),
  }
}

// Google's OpenAI-compatible API signs calls and texts in `extra_content.google.thought_signature`.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures

/** The seal in `extra_content`. */
export function readExtraContent(value: unknown): Seal | undefined {
  const google = isRecord(value) ? value['google'] : undefined
  const signature = isRecord(google) ? filled(google['thought_signature']) : undefined
  return signature === undefined ? undefined : readSeal(signature, 'gemini')
}

export function decodeSeal(fields: Fields): { seal?: Seal } {
  const seal = readExtraContent(fields.any('extra_content'))
  return seal ? { seal } : {}
}

export const encodeSeal = (seal: Seal | undefined): { extra_content?: Extra } =>
  seal && seal.origin !== 'none' ? { extra_content: { google: { thought_signature: sealText(seal, 'gemini') } } } : {}

/** An id for a call without one: the same for the same response, short, and of characters that every upstream accepts. */
export const generatedCallId = (responseId: string | undefined, choice: number, index: number): string =>
  `call_${(responseId ?? '').replaceAll(/[^a-zA-Z0-9]/g, '').slice(-24)}_${choice}_${index}`
