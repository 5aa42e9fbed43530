// Substitutes ${NAME}, ${NAME:-default}, os.environ/NAME and the escape $${ in the text of one scalar.

/** Names and values; a name that is absent or undefined is not set. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Substitution {
  readonly text: string
  readonly changed: boolean
  readonly whole: boolean // the scalar was exactly one substitution, so the type of its value is determined again
  readonly problems: readonly string[]
}

const NAME = String.raw`[A-Za-z_][A-Za-z0-9_]*`
const pieces = new RegExp(String.raw`\$\$\{|\$\{(?:(${NAME})(?::-([^{}]*))?\}|([^}]*\}?))`, 'g')
const wholePiece = new RegExp(String.raw`^(?:\$\{${NAME}(?::-[^{}]*)?\}|os\.environ/${NAME})$`)
const liteLLM = new RegExp(`^os\\.environ/(.*)$`, 's')

/**
 * The text with its environment variables substituted. `:-` also replaces an empty value, as in a shell. Values from the
 * environment are not substituted again, so a secret can contain `${`.
 */
export function substitute(text: string, environment: Environment): Substitution {
  const problems: string[] = []
  const valueOf = (name: string, fallback?: string): string => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    if (fallback !== undefined) return value || fallback
    if (value === undefined) problems.push(`needs the environment variable ${name}, which is not set`)
    return value ?? ''
  }
  const liteLLMName = liteLLM.exec(text)?.[1]
  if (liteLLMName !== undefined && !wholePiece.test(text))
    problems.push('is not a valid reference; allowed: os.environ/NAME')
  const replaced =
    liteLLMName !== undefined
      ? valueOf(liteLLMName)
      : text.replace(pieces, (piece: string, name?: string, fallback?: string) => {
          if (piece === '$${') return '${'
          if (name !== undefined) return valueOf(name, fallback)
          problems.push(
            'contains an incomplete substitution; allowed: ${NAME}, ${NAME:-default}, and $${ for a literal ${',
          )
          return ''
        })
  const whole = wholePiece.test(text)
  return { text: replaced, changed: whole || replaced !== text, whole, problems: problems.slice(0, 1) }
}

/** A value from the environment, with the type that YAML gives it in a file (YAML 1.2.2, section 10.3.2): `8080` is a number. */
export function retype(text: string): string | number | boolean | null {
  if (/^(?:true|True|TRUE)$/.test(text)) return true
  if (/^(?:false|False|FALSE)$/.test(text)) return false
  if (/^(?:null|Null|NULL|~)$/.test(text)) return null
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : text
}

// In `{ apiKey: ${KEY} }` YAML would read the inner brace as a mapping. So before parsing, characters with a meaning in YAML are
// replaced inside substitutions by noncharacters of Unicode. The length stays the same, so positions remain valid.
const SIGNS = '{}[],:#'
const FIRST_STAND_IN = 0xfdd0
const maskable = new RegExp(String.raw`\$\{${NAME}(?::-[^{}"'\\\n\r]*)?\}`, 'g')

/** The position of a character that `maskSubstitutions` uses itself; -1 if there is none. */
export const findStandIn = (text: string): number => text.search(/[\ufdd0-\ufdd6]/)

export function maskSubstitutions(text: string): string {
  return text.replace(maskable, (piece) =>
    piece.replace(/[{}[\],:#]/g, (sign) => String.fromCharCode(FIRST_STAND_IN + SIGNS.indexOf(sign))),
  )
}

export function unmaskSubstitutions(text: string): string {
  return text.replace(/[\ufdd0-\ufdd6]/g, (standIn) => SIGNS[standIn.charCodeAt(0) - FIRST_STAND_IN]!)
}
