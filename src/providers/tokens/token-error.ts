/** Why there is no token, for the operator. The message holds no secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  /** Whether the same request may well succeed in a moment. */
  readonly isTransient: boolean

  constructor(message: string, isTransient = false) {
    super(message)
    this.isTransient = isTransient
  }
}
