// Checks that every format of embeddings shares.
import { GatewayError } from '../../errors.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { EmbeddingsRequest } from './embeddings.ts'
import { readVector, type Vector } from './vector.ts'

/** Throws GatewayError `unsupported_parameter` for more texts than one request can contain. */
export function checkCount({ inputs, inputsField }: EmbeddingsRequest, max: number, provider: string): void {
  if (inputs.length > max)
    throw unsupported(inputsField, `${provider} accepts at most ${max} texts per request, not ${inputs.length}.`)
}

/** Notes fields that only the client's format has. */
export function noteExtras({ extra = {} }: EmbeddingsRequest, provider: string, losses: Losses): void {
  for (const field of Object.keys(extra)) losses.note(field, `removed: ${provider} has no such field`)
}

/** Notes the end user as a loss: most providers have no field for it. */
export function noteUser(request: EmbeddingsRequest, provider: string, losses: Losses): void {
  if (request.user !== undefined) losses.note('user', `removed: ${provider} has no such field`)
}

/**
 * Reads the vectors of a response. Throws GatewayError `upstream_malformed` for an invalid vector, and if the number of
 * vectors is not the number of inputs, because vectors would then belong to other texts.
 */
export function readVectors(values: readonly unknown[], { inputs }: EmbeddingsRequest): Vector[] {
  if (values.length !== inputs.length) throw malformed(`has ${values.length} vectors for ${inputs.length} texts`)
  return values.map(
    (value, index) =>
      readVector(value) ??
      fail(
        `${typeof value === 'string' ? 'has a vector that is not base64 of 32-bit floats' : 'has no vector'} for text ${index}`,
      ),
  )
}

function fail(what: string): never {
  throw malformed(what)
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's response ${what}.`)
