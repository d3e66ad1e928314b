/** Replaces a method where it is defined: on the object or the nearest prototype above it. */
export function replaceMethod<Method>(object: object, name: string, make: (stock: Method) => Method): () => void {
  let owner = object as Record<string, unknown>;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as Record<string, unknown>;
  const stock = owner[name] as Method;
  owner[name] = make(stock);
  return () => {
    owner[name] = stock;
  };
}
