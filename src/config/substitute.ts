// ${NAME}, ${NAME:-default}, os.environ/NAME and the escape $${, in the text of one scalar.

/** Names and values; a name that is absent or undefined is not set. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Substitution {
  readonly text: string
  readonly changed: boolean
  readonly whole: boolean // the scalar was exactly one substitution, so its value may be typed anew
  readonly problems: readonly string[]
}

const NAME = String.raw`[A-Za-z_][A-Za-z0-9_]*`
const pieces = new RegExp(String.raw`\$\$\{|\$\{(?:(${NAME})(?::-([^{}]*))?\}|([^}]*\}?))`, 'g')
const wholePiece = new RegExp(String.raw`^(?:\$\{${NAME}(?::-[^{}]*)?\}|os\.environ/${NAME})$`)
const liteLLM = new RegExp(`^os\\.environ/(.*)$`, 's')

/**
 * The text with what the environment holds in place of its names. `:-` also replaces an empty value, as in a shell. What comes
 * from the environment is not read for substitutions again, so a secret may hold `${`.
 */
export function substitute(text: string, environment: Environment): Substitution {
  const problems: string[] = []
  const valueOf = (name: string, fallback?: string): string => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (fallback !== undefined) return value || fallback
    if (value === undefined) problems.push(`needs the environment variable ${name}, which is not set`)
    return value ?? ''
  }
  const foreign = liteLLM.exec(text)?.[1]
  if (foreign !== undefined && !wholePiece.test(text))
    problems.push('names no environment variable; allowed: os.environ/NAME')
  const replaced =
    foreign !== undefined
      ? valueOf(foreign)
      : text.replace(pieces, (piece: string, name?: string, fallback?: string) => {
          if (piece === '$${') return '${'
          if (name !== undefined) return valueOf(name, fallback)
          problems.push('holds an unfinished substitution; allowed: ${NAME}, ${NAME:-default}, and $${ for a plain ${')
          return ''
        })
  const whole = wholePiece.test(text)
  return { text: replaced, changed: whole || replaced !== text, whole, problems: problems.slice(0, 1) }
}

/** A value from the environment, typed as YAML would type it in the file (YAML 1.2.2, section 10.3.2): `8080` is a number. */
export function retype(text: string): string | number | boolean | null {
  if (/^(?:true|True|TRUE)$/.test(text)) return true
  if (/^(?:false|False|FALSE)$/.test(text)) return false
  if (/^(?:null|Null|NULL|~)$/.test(text)) return null
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : text
}

// In `{ apiKey: ${KEY} }` YAML would take the inner brace for a mapping. Before it reads the text, the signs that mean something to
// it are replaced, within substitutions only, by characters that Unicode keeps for such use; the length stays, so positions hold.
const SIGNS = '{}[],:#'
const FIRST_STAND_IN = 0xfdd0
const maskable = new RegExp(String.raw`\$\{${NAME}(?::-[^{}"'\\\n\r]*)?\}`, 'g')

/** Where the text holds a character that `maskSubstitutions` needs for itself; -1 where it does not. */
export const findStandIn = (text: string): number => text.search(/[\ufdd0-\ufdd6]/)

export function maskSubstitutions(text: string): string {
  return text.replace(maskable, (piece) =>
    piece.replace(/[{}[\],:#]/g, (sign) => String.fromCharCode(FIRST_STAND_IN + SIGNS.indexOf(sign))),
  )
}

export function unmaskSubstitutions(text: string): string {
  return text.replace(/[\ufdd0-\ufdd6]/g, (standIn) => SIGNS[standIn.charCodeAt(0) - FIRST_STAND_IN]!)
}
