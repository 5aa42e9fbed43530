import type { Edit } from '../json/splice.ts'
import type { Form } from './read-form.ts'

/**
 * The edit that sets a text field of a form: it replaces the value in place, or adds a new first part. No other byte
 * changes.
 */
export function setField({ boundary, start, parts }: Form, name: string, value: string): Edit {
  const part = parts.find((each) => each.name === name)
  if (part) return { start: part.start, end: part.end, text: value }
  const text = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  return { start, end: start, text }
}
