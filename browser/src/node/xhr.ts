import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { type Answer, XHR } from "../polling.js";
import { connectionOptions } from "./connection.js";
import { jarOf } from "./cookies.js";

/**
 * HTTP long-polling with the HTTP client of Node.js, which knows agents, TLS options and all headers. It takes the place of
 * XMLHttpRequest, and says what an XMLHttpRequest would say.
 */
export class NodeXHR extends XHR {
  /** @internal */
  protected override _exchange(uri: string, body: string | undefined, answer: Answer): { abort(): void } {
    const { socket, autoUnref, requestTimeout } = this.opts;
    const { headers, ...connection } = connectionOptions(this.opts);
    const content = body && { "content-type": "text/plain;charset=UTF-8", "content-length": Buffer.byteLength(body) };
    const request = (uri.startsWith("https:") ? requestHttps : requestHttp)(uri, {
      method: body ? "POST" : "GET",
      headers: { accept: "*/*", ...content, ...(headers as object) },
      timeout: requestTimeout,
      ...connection,
    });
    const fail = (error: Error) => answer(0, "", { status: 0, responseText: "", error });
    request.on("error", fail);
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("response", (response: IncomingMessage) => {
      jarOf(socket)?.store(response.headers["set-cookie"]);
      let responseText = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (responseText += chunk));
      response.on("error", fail);
      response.on("end", () => {
        const { statusCode: status } = response;
        answer(status, responseText, { status, responseText, response }, response.headers["retry-after"]);
      });
    });
    if (autoUnref) request.on("socket", (connection) => connection.unref());
    request.end(body);
    return { abort: () => request.destroy() };
  }
}
