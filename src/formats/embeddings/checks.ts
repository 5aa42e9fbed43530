// What every language's reader and writer of embeddings has to look at.
import { GatewayError } from '../../errors.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { EmbeddingsRequest } from './embeddings.ts'
import { readVector, type Vector } from './vector.ts'

/** Throws GatewayError `unsupported_parameter` for more texts than one call may hold. */
export function checkCount({ inputs, inputsField }: EmbeddingsRequest, most: number, language: string): void {
  if (inputs.length > most)
    throw unsupported(inputsField, `${language} embeds ${most} texts in one call at most, not ${inputs.length}.`)
}

/** Notes what only the client's language has. */
export function noteExtras({ extra = {} }: EmbeddingsRequest, language: string, losses: Losses): void {
  for (const field of Object.keys(extra)) losses.note(field, `removed: ${language} has no such field`)
}

/** Notes the end user, of whom only OpenAI wants to know. */
export function noteUser(request: EmbeddingsRequest, language: string, losses: Losses): void {
  if (request.user !== undefined) losses.note('user', `removed: ${language} has no such field`)
}

/**
 * The vectors of an answer. Throws GatewayError `upstream_malformed` for anything that is none, and for more or fewer than
 * there are inputs: they would belong to other texts.
 */
export function readVectors(values: readonly unknown[], { inputs }: EmbeddingsRequest): Vector[] {
  if (values.length !== inputs.length) throw malformed(`has ${values.length} vectors for ${inputs.length} texts`)
  return values.map((value, index) => readVector(value) ?? fail(`has no vector for text ${index}`))
}

function fail(what: string): never {
  throw malformed(what)
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's answer ${what}.`)
