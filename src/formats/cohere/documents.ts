// Documents that a request brings along for the model to read and to cite. Source: https://docs.cohere.com/reference/chat
import { type Fields, isRecord } from '../fields/fields.ts'

/**
 * The documents of a request as they are; undefined: none. Throws GatewayError `invalid_request` for a document that is
 * neither a text nor has data.
 */
export function decodeDocuments(fields: Fields): readonly unknown[] | undefined {
  const documents = fields.list('documents') ?? []
  for (const [index, document] of documents.entries()) {
    if (typeof document === 'string') continue
    const data = fields.at(document, `documents[${index}]`).any('data') ?? undefined
    if (typeof data !== 'string' && !isRecord(data))
      throw fields.wrong(`documents[${index}].data`, 'must be an object or a string')
  }
  return documents.length > 0 ? documents : undefined
}

/** A document as text: its data, below its id, by which the model can name it. `place`: the id if it has none. */
export function documentText(document: unknown, place?: number): string {
  if (!isRecord(document)) return titled(place, document)
  const { id = place, data = {} } = document
  return titled(id, data)
}

function titled(id: unknown, data: unknown): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return typeof id === 'string' || typeof id === 'number' ? `Document ${id}:\n${text}` : text
}
