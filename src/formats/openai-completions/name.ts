/** The format's name, in requests. */
export const NAME = 'openai-completions'
