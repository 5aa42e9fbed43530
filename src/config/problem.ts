// Problems of a configuration, and how a terminal shows them.
import type { Excerpt } from './excerpt.ts'

export interface Problem {
  /** From 1; 0 if the value is not in the file. */
  readonly line: number
  readonly column: number
  /** Keys joined by dots: `models.gpt-4o.policy`; empty for the file itself. */
  readonly path: string
  /** What was found and what is allowed. Never contains a secret or a value from the environment. */
  readonly message: string
  readonly hint?: string
  /** The source line, with secrets masked. */
  readonly excerpt?: Excerpt
}

const MOST_SHOWN = 50

/** A configuration that cannot be used, with all its problems. */
export class ConfigError extends Error {
  readonly file: string
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    super(renderProblems(file, problems))
    this.name = 'ConfigError'
    this.file = file
    this.problems = problems
  }
}

export interface RenderOptions {
  readonly color?: boolean
}

/** All problems as text, each with its source line and a caret below the position. */
export function renderProblems(file: string, problems: readonly Problem[], options: RenderOptions = {}): string {
  const blocks = problems.slice(0, MOST_SHOWN).map((problem) => renderProblem(file, problem, options))
  const rest = problems.length - MOST_SHOWN
  return [...blocks, ...(rest > 0 ? [`... and ${rest} more`] : [])].join('\n')
}

function renderProblem(file: string, problem: Problem, { color = false }: RenderOptions): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const place = problem.line > 0 ? `${file}:${problem.line}:${problem.column}` : file
  const hint = problem.hint ? `${problem.message.endsWith('.') ? '' : '.'} ${paint(36, problem.hint)}` : ''
  const head = `${paint(1, place)}  ${problem.path ? `${problem.path}: ` : ''}${problem.message}${hint}`
  if (!problem.excerpt) return head
  const gutter = String(problem.line).padStart(5)
  const caret = `${' '.repeat(problem.excerpt.caret)}${paint(31, '^')}`
  return `${head}\n${paint(2, `${gutter} |`)} ${problem.excerpt.text}\n${paint(2, '      |')} ${caret}`
}
