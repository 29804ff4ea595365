// Sparks: what flies away when a ship explodes, takes a gem, or is driven.

const MAX_PARTICLES = 400;

interface Particle {
  x: number;
  y: number;
  vx: number;
  vy: number;
  left: number;
  time: number;
  colour: string;
  size: number;
}

export class Particles {
  private particles: Particle[] = [];

  /** Lets some fly in all directions, or in one (in radians), from a place in pixels. */
  burst(x: number, y: number, count: number, colour: string, speed: number, size: number, direction?: number): void {
    for (let i = 0; i < count && this.particles.length < MAX_PARTICLES; i++) {
      const angle = direction === undefined ? Math.random() * 2 * Math.PI : direction + (Math.random() - 0.5) * 0.7;
      const pace = speed * (0.3 + Math.random());
      const time = 250 + Math.random() * 450;
      this.particles.push({ x, y, vx: Math.cos(angle) * pace, vy: Math.sin(angle) * pace, left: time, time, colour, size });
    }
  }

  draw(context: CanvasRenderingContext2D, ms: number): void {
    this.particles = this.particles.filter((particle) => (particle.left -= ms) > 0);
    for (const particle of this.particles) {
      particle.x += (particle.vx * ms) / 1000;
      particle.y += (particle.vy * ms) / 1000;
      context.globalAlpha = particle.left / particle.time;
      context.fillStyle = particle.colour;
      const size = particle.size * (0.4 + particle.left / particle.time);
      context.fillRect(particle.x - size / 2, particle.y - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }
}
