/** Fetches that anybody on the internet can set off: one at a time of each document, and not too many at once. */

/** Who asks for what is being fetched waits for the same answer; beyond `most` of them a question is refused at once. */
export function together<T>(most: number, fetch: (url: string) => Promise<T>): (url: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (url) => {
    const known = underWay.get(url);
    if (known !== undefined) return known;
    if (underWay.size >= most) return Promise.reject(new Error("Too many documents are being fetched."));
    const started = fetch(url).finally(() => underWay.delete(url));
    underWay.set(url, started);
    return started;
  };
}
