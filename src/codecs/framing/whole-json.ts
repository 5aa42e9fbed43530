/** Whether a text is a JSON value, and not the front half of one. */
export function isWholeJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
