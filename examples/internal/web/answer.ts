// Acknowledgements of a Go server: the result, or the error of the handler.

/** How the server answers when it refuses something. */
export interface Refusal {
  error: { message: string };
}

/** The last argument of an event that is acknowledged. */
export type Answer<T = void> = (result: T | Refusal) => void;

/** The result of something that was asked, or an error whose text can be shown. */
export async function result<T>(answer: Promise<T | Refusal>): Promise<T> {
  const value = await answer.catch(() => {
    throw new Error("The server did not answer.");
  });
  if (isRefusal(value)) throw new Error(value.error.message);
  return value;
}

const isRefusal = (answer: unknown): answer is Refusal => typeof answer === "object" && answer !== null && "error" in answer;
