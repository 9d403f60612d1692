package dev.frl.bench;

import dev.frl.checkpoint.Safetensors;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.data.ImageSet;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Does the work of a trainer or an attacker on CIFAR-10 for some time, and prints one line of JSON: pieces of work done, and
 * the peak resident memory of the process. The images are random. All sizes are those of the services: the data set in memory,
 * batches of 128 for TRADES, chunks of 512 for PGD, checkpoints written and weights loaded. Attacks take two steps: more steps
 * take more time, but no more memory.
 *
 * <p>Options: {@code --role} trainer or attacker, {@code --engine}, {@code --arch}, {@code --threads}, {@code --seconds}.
 */
public final class Memory {
    private static final float EPSILON = 8 / 255f;
    private static final int STEPS = 2;
    private static final int BATCH = 128;
    private static final int CHUNK = 512;
    private static final TrainStep TRADES = new TrainStep(
            TrainingMethod.TRADES,
            6,
            new AttackSettings(Method.PGD, Loss.KL, EPSILON, EPSILON / 4, STEPS, Start.NORMAL),
            OptimizerSettings.DEFAULT,
            OptimizerSettings.LEARNING_RATE);
    private static final AttackSettings PGD =
            new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, EPSILON, EPSILON / 4, STEPS, Start.UNIFORM);

    private final RobustNet net;
    private final ImageSet images;
    private final SplittableRandom random = new SplittableRandom(0);

    private Memory(RobustNet net, ImageSet images) {
        this.net = net;
        this.images = images;
    }

    public static void main(String[] arguments) throws IOException {
        var options = Options.of(arguments);
        var role = options.text("role", "trainer");
        long end = System.nanoTime() + options.number("seconds", 100) * 1_000_000_000L;
        var architecture = Architectures.named(options.text("arch", "preactresnet18"), 3, 32, 32, 10);
        var engine = Engine.named(options.text("engine", "dl4j"));
        int done = 0;
        try (var net = engine.open(architecture, architecture.initialState(0), options.number("threads", 2))) {
            var memory = new Memory(net, likeCifar());
            while (System.nanoTime() < end) {
                if (role.equals("trainer")) {
                    memory.train();
                } else {
                    memory.attack();
                }
                done++;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "{\"engine\": \"%s\", \"role\": \"%s\", \"done\": %d, \"peak_mib\": %d}%n",
                engine.description(),
                role,
                done,
                peakMebibytes());
    }

    /** As many images as CIFAR-10 has. */
    private static ImageSet likeCifar() {
        var random = new SplittableRandom(1);
        var pixels = new byte[60_000 * 3 * 32 * 32];
        random.nextBytes(pixels);
        var labels = new byte[60_000];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) (i % 10);
        }
        return new ImageSet(3, 32, 32, 10, pixels, labels);
    }

    /** One training step and one checkpoint. */
    private void train() throws IOException {
        var even = new float[BATCH];
        Arrays.fill(even, 0.1f);
        net.trainStep(new TrainBatch(samples(BATCH), even, even), TRADES);
        for (NamedTensors tensors : new NamedTensors[] {net.state(), net.optimizerState()}) {
            Safetensors.write(tensors, Map.of(), OutputStream.nullOutputStream());
        }
    }

    /** Loads weights, and attacks a chunk of a shard. The labels are the predictions, so that every image is attacked. */
    private void attack() {
        net.load(net.state());
        var drawn = samples(CHUNK);
        var clean = net.evaluate(drawn, PGD).clean();
        net.evaluate(new Samples(drawn.images(), clean, drawn.radius(), drawn.seeds()), PGD);
    }

    private Samples samples(int count) {
        int[] indices = random.ints(count, 0, images.count()).toArray();
        var radius = new float[count];
        Arrays.fill(radius, EPSILON);
        return new Samples(
                images.gather(indices),
                images.labels(indices),
                radius,
                random.longs(count).toArray());
    }

    /** Linux's VmHWM: peak resident memory, with Java's heap and native memory. */
    private static long peakMebibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }
}
