import type { Citation } from '../../chat/part.ts'

/** Whether the citation gives its range. One without a range refers to its whole text. */
export const hasRange = ({ start, end }: Citation): boolean => start !== undefined && end !== undefined

/** The citation with a range in its text, which has `length` units. */
export const withRange = (
  citation: Citation,
  length: number,
): Citation & { readonly start: number; readonly end: number } => {
  const { start, end } = citation
  return start === undefined || end === undefined ? { ...citation, start: 0, end: length } : { ...citation, start, end }
}
