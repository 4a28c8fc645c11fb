/** Enters a world of a test's own; returns its URL, calls of its control API, and the way out. */
export async function enterSandbox(simulator = process.env.MOBILEPAY_URL ?? "http://127.0.0.1:8080") {
  const name = `node-${crypto.randomUUID()}`;
  const url = `${simulator}/sandboxes/${name}`;
  const control = async (method, path, body) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${url}/_simulator${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  await control("PUT", "/clock", { scale: 10 }); // customers are ten times as quick
  return { url, control, leave: () => fetch(`${simulator}/_simulator/sandboxes/${name}`, { method: "DELETE" }) };
}
