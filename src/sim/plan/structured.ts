// Responses that must be JSON.
import { createRandom } from '../engine/random.ts'
import { exampleOf } from '../schema/instance.ts'
import { prose } from '../text/prose.ts'
import { invalidField } from '../wire/errors.ts'
import { type Fields, isFields, readObject } from '../wire/fields.ts'

/** Returns the requested JSON for a seed. */
export type StructuredText = (seed: number) => string

/** Reads `response_format`, or vLLM's `structured_outputs.json` and older `guided_json`. Undefined if JSON is not requested. */
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
        : invalidField('response_format', 'response_format.json_schema.schema must be a JSON schema.')
    }
    default:
      return invalidField('response_format', 'response_format.type must be text, json_object or json_schema.')
  }
}
