// What a request in Cohere's format embeds: texts, or inputs that mix texts and images.
import type { Fields } from '../fields/fields.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { EmbeddingsRequest } from './embeddings.ts'

/**
 * The texts of `texts` or `inputs`. Throws GatewayError `invalid_request` if there are none, `unsupported_parameter` for
 * images and for inputs of several parts: only Cohere's models embed them.
 */
export function decodeInputs(fields: Fields): Pick<EmbeddingsRequest, 'inputs' | 'inputsField'> {
  if ((fields.list('images') ?? []).length > 0) throw unsupported('images', ONLY_TEXTS)
  const [texts, inputs] = [fields.list('texts') ?? [], fields.objects('inputs') ?? []]
  if (texts.length > 0 && inputs.length > 0) throw fields.wrong('inputs', 'cannot be sent beside texts')
  if (inputs.length > 0) return { inputs: inputs.map(textOf), inputsField: 'inputs' }
  if (texts.length === 0) throw fields.wrong('texts', 'is missing or empty')
  const at = texts.findIndex((text) => typeof text !== 'string')
  if (at !== -1) throw fields.wrong(`texts[${at}]`, 'must be a string')
  return { inputs: texts as readonly string[], inputsField: 'texts' }
}

const ONLY_TEXTS = "this model's provider embeds texts only"

function textOf(input: Fields): string {
  const [part, ...more] = input.objects('content') ?? []
  if (!part) throw input.wrong('content', 'is missing or empty')
  if (part.requiredString('type') !== 'text') throw unsupported(part.path, ONLY_TEXTS)
  if (more.length > 0) throw unsupported(more[0]!.path, "this model's provider embeds one text per input")
  return part.requiredString('text')
}
