// Asking the web process: the form's token on everything that writes, and one sign when the person's session is over.

export class SessionOver extends Error {}

const token = () => document.querySelector('meta[name="csrf-token"]').content;

export async function post(address, body = new FormData()) {
  return asked(address, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "application/json" } });
}

export async function get(address) {
  return asked(address, { headers: { Accept: "application/json", "X-By-Itself": "1" } });
}

async function asked(address, request) {
  const answer = await fetch(address, { ...request, credentials: "same-origin", redirect: "error" });
  if (answer.status === 401) {
    sayThatTheSessionIsOver();
    throw new SessionOver();
  }
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

function sayThatTheSessionIsOver() {
  if (document.getElementById("session-over")) return;
  const notice = document.createElement("p");
  notice.id = "session-over";
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  const link = document.createElement("a");
  link.href = document.body.dataset.login;
  link.target = "_blank";
  link.textContent = document.body.dataset.sessionOver;
  notice.append(link);
  document.getElementById("content").prepend(notice);
}
