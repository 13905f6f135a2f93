// Two charts with one time axis: what arrives, and what is kept or lost. Memory is bounded by the window of time.
const windowSeconds = 90;
const leastSeconds = 30;
const height = 150;

export class Charts {
  #rows = [];
  #marks = [];
  #charts = [];
  #hosts;

  constructor(rateHost, keptHost, note) {
    this.#hosts = [rateHost, keptHost];
    if (!window.uPlot) {
      note.hidden = false;
      for (const host of this.#hosts) {
        host.hidden = true;
      }

      return;
    }

    this.#build();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#build());
    new ResizeObserver(() => this.#resize()).observe(rateHost);
  }

  clear() {
    this.#rows = [];
    this.#marks = [];
  }

  add(sample) {
    this.#rows.push([
      sample.at / 1000, sample.actors.arrivedRate, sample.plain.arrivedRate,
      sample.publisher.messages, sample.plain.counts.lost, sample.actors.counts.lost || null,
    ]);
    const oldest = sample.at / 1000 - windowSeconds;
    while (this.#rows.length > 0 && this.#rows[0][0] < oldest) {
      this.#rows.shift();
    }

    while (this.#marks.length > 0 && this.#marks[0].at < oldest) {
      this.#marks.shift();
    }
  }

  mark(at, name) {
    this.#marks.push({ at: at / 1000, name });
  }

  draw() {
    const column = index => this.#rows.map(row => row[index]);
    const times = column(0);
    const last = times.length > 0 ? times[times.length - 1] : 0;
    [[1, 2], [3, 4, 5]].forEach((columns, index) => {
      const chart = this.#charts[index];
      if (chart) {
        chart.setData([times, ...columns.map(column)], false);
        chart.setScale("x", { min: Math.max(last - windowSeconds, Math.min(times[0] ?? last, last - leastSeconds)), max: last });
      }
    });
  }

  #build() {
    const style = getComputedStyle(document.documentElement);
    const color = name => style.getPropertyValue(`--${name}`).trim();
    const line = (label, name, fill) => ({ label, stroke: color(name), width: 2, fill: fill && color(`${name}-fill`), points: { show: false } });
    this.#charts.forEach(chart => chart.destroy());
    this.#charts = [
      [line("NatsActors", "actors"), line("NATS.Client.Core", "plain")],
      [line("kept by NatsActors", "actors", true), line("lost by NATS.Client.Core", "plain", true), line("lost by NatsActors", "bad")],
    ].map((series, index) => new window.uPlot(this.#options(series, color, this.#hosts[index], index === 0), [[], ...series.map(() => [])], this.#hosts[index]));
    this.draw();
  }

  #options(series, color, host, labels) {
    const axis = { stroke: color("soft"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, 'Liberation Sans', sans-serif" };
    return {
      width: Math.max(200, host.clientWidth), height,
      legend: { show: false },
      cursor: { sync: { key: "outage-lab" }, points: { show: false }, drag: { x: false, y: false } },
      padding: [labels ? 16 : 6, 30, 0, 0],
      scales: { x: { time: true, auto: false }, y: { range: (_, __, max) => [0, Math.max(10, (max || 0) * 1.12)] } },
      axes: [
        { ...axis, space: 90, size: 28, values: (_, splits) => splits.map(at => new Date(at * 1000).toLocaleTimeString("en-GB")) },
        { ...axis, size: 58, values: (_, splits) => splits.map(value => value >= 10000 ? `${value / 1000}k` : value.toLocaleString("en")) },
      ],
      series: [{}, ...series],
      hooks: { draw: [chart => this.#drawMarks(chart, color, labels)] },
    };
  }

  #drawMarks(chart, color, labels) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = color("act");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.font = `${12 * devicePixelRatio}px system-ui, 'Liberation Sans', sans-serif`;
    ctx.textAlign = "center";
    for (const mark of this.#marks) {
      const x = chart.valToPos(mark.at, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) {
        continue;
      }

      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (labels) {
        ctx.fillText(mark.name, Math.min(x, bbox.left + bbox.width - 24 * devicePixelRatio), bbox.top - 4 * devicePixelRatio);
      }
    }

    ctx.restore();
  }

  #resize() {
    this.#charts.forEach((chart, index) => {
      const width = this.#hosts[index].clientWidth;
      if (width > 0 && width !== chart.width) {
        chart.setSize({ width, height });
      }
    });
  }
}
