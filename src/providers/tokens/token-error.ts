/** Why there is no token, for the operator. The message contains no secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  /** Whether a retry of the same request can succeed soon. */
  readonly isTransient: boolean

  constructor(message: string, isTransient = false) {
    super(message)
    this.isTransient = isTransient
  }
}
