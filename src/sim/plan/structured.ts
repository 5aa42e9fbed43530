// Answers that must be JSON.
import { createRandom } from '../engine/random.ts'
import { exampleOf } from '../schema/instance.ts'
import { prose } from '../text/prose.ts'
import { refuse } from '../wire/errors.ts'
import { type Fields, isFields, readObject } from '../wire/fields.ts'

/** Writes the JSON that the request asks for, by seed; undefined when it asks for none. */
export type StructuredText = (seed: number) => string

/** From `response_format`, or vLLM's own `structured_outputs.json` and older `guided_json`. */
export function readStructured(body: Fields): StructuredText | undefined {
  const schema = schemaOf(body)
  if (schema === undefined) return undefined
  if (schema === 'any object')
    return (seed) => JSON.stringify({ answer: prose(seed, { wantedTokens: 20 }).tokens.join('') })
  return (seed) => JSON.stringify(exampleOf(schema, createRandom(seed)))
}

function schemaOf(body: Fields): unknown {
  const format = readObject(body, 'response_format')
  switch (format?.['type']) {
    case undefined:
      return readObject(body, 'structured_outputs')?.['json'] ?? body['guided_json'] ?? undefined
    case 'text':
      return undefined
    case 'json_object':
      return 'any object'
    case 'json_schema': {
      const described = format?.['json_schema']
      return isFields(described) && 'schema' in described
        ? described['schema']
        : refuse('response_format', 'response_format.json_schema.schema must be a JSON schema.')
    }
    default:
      return refuse('response_format', 'response_format.type must be text, json_object or json_schema.')
  }
}
