"use strict";
// Tables of the page: a heading sorts, a search and the choices above a table leave rows out.
(() => {
  const $ = (id) => document.getElementById(id);

  function sortBy(button) {
    const th = button.closest("th"), table = th.closest("table"), at = [...th.parentNode.children].indexOf(th);
    const down = th.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = th.classList.contains("number");
    const keyed = [...table.tBodies[0].rows].map((row) => [row.cells[at].dataset.key ?? row.cells[at].textContent, row]);
    const compare = (a, b) => (numeric ? Number(a) - Number(b) : a.localeCompare(b, "en"));
    // Cells without a number stay at the end whichever way the rest is sorted.
    keyed.sort(([a], [b]) => (a === "") - (b === "") || (a === "" ? 0 : down ? compare(b, a) : compare(a, b)));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  }
  // Rows of all tables that hold the text and have the values chosen; kinds of table without one are left out.
  function showRows() {
    const wanted = $("table-find").value.trim().toLowerCase(), key = $("table-sample").value;
    let hits = 0;
    document.querySelectorAll(".table").forEach((table) => {
      const choices = [...table.querySelectorAll("select[data-column]")].filter((s) => s.value);
      let here = 0;
      table.querySelectorAll("tbody tr").forEach((row) => {
        row.hidden = choices.some((s) => row.cells[s.dataset.column].textContent !== s.value) || !row.textContent.toLowerCase().includes(wanted);
        if (!row.hidden) here += 1;
      });
      table.hidden = (Boolean(key) && table.dataset.sample !== "" && table.dataset.sample !== key) || (Boolean(wanted) && !here);
      if (!table.hidden) hits += here;
    });
    document.querySelectorAll("details.kind").forEach((kind) => {
      kind.hidden = Boolean(wanted) && !kind.querySelector(".table:not([hidden])");
      if (wanted && !kind.hidden) kind.open = true;
    });
    $("table-hits").textContent = wanted ? `${hits.toLocaleString("en")} row${hits === 1 ? "" : "s"} found.` : "";
  }

  document.querySelectorAll("button.sort").forEach((b) => b.addEventListener("click", () => sortBy(b)));
  document.querySelectorAll("select[data-column], #table-sample").forEach((s) => s.addEventListener("change", showRows));
  $("table-find").addEventListener("input", showRows);
})();
