package dev.frl.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.failure.FileTrouble;
import dev.frl.core.run.RunStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a TrainJob of Kubeflow how far the training is, so that its status shows progress and the worst class. Kubeflow Trainer sets the
 * address, the certificate and the token in the environment (KEP-2779). Sends from a thread of its own, the latest state only, at most one
 * message in {@link #INTERVAL}; what fails is logged and forgotten, since the next message says the same and more. Thread-safe.
 */
final class TrainJobStatus implements AutoCloseable {
    static final String URL = "KUBEFLOW_TRAINER_SERVER_URL";
    static final String CA_CERT = "KUBEFLOW_TRAINER_SERVER_CA_CERT";
    static final String TOKEN = "KUBEFLOW_TRAINER_SERVER_TOKEN";

    /** As Kubeflow asks of its clients. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(TrainJobStatus.class);
    /** Bytes; the API server refuses longer headers, and a device such as /dev/zero has no end. */
    private static final int MAX_TOKEN = 16 << 10;

    private static final int MAX_CERTIFICATES = 1 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, String> environment;
    private final InstantSource clock;
    private final Duration interval;
    private final @Nullable Thread thread;

    private @Nullable RunStatus run;
    private @Nullable ExperimentStatus experiment;
    private @Nullable Instant begun;
    private double begunAt;
    private boolean changed;
    private boolean closing;
    /** Used by the thread only. */
    private @Nullable HttpClient http;

    private boolean failed;

    private TrainJobStatus(Map<String, String> environment, InstantSource clock, Duration interval) {
        this.environment = Map.copyOf(environment);
        this.clock = clock;
        this.interval = interval;
        if (environment.containsKey(URL)) {
            thread = new Thread(this::send, "trainjob-status");
            thread.setDaemon(true);
        } else {
            thread = null;
        }
    }

    /** Tells nobody unless the environment has an address. */
    static TrainJobStatus of(Map<String, String> environment, InstantSource clock) {
        return of(environment, clock, INTERVAL);
    }

    static TrainJobStatus of(Map<String, String> environment, InstantSource clock, Duration interval) {
        var status = new TrainJobStatus(environment, clock, interval);
        if (status.thread != null) {
            status.thread.start();
        }
        return status;
    }

    /** The run that this trainer has. */
    synchronized void hears(RunStatus status) {
        run = status;
        change();
    }

    /** The experiment that this trainer is for. */
    synchronized void hears(ExperimentStatus status) {
        experiment = status;
        change();
    }

    private void change() {
        if (begun == null) {
            begun = clock.instant();
            begunAt = progress();
        }
        changed = true;
        notifyAll();
    }

    /** Share of the experiment's runs that have ended, and of the run that this trainer has; without an experiment, of the run alone. */
    private double progress() {
        double own = run == null || run.epochs() == 0
                ? 0
                : run.phase().isTerminal()
                        ? 1
                        : Math.min(
                                0.99,
                                (Math.max(0, run.epoch())
                                                + (run.progress() == null
                                                        ? 0
                                                        : run.progress().share()))
                                        / run.epochs());
        if (experiment == null || experiment.runs().all() == 0) {
            return own;
        }
        var runs = experiment.runs();
        int ended = runs.finished() + runs.failed() + runs.stopped();
        double share = run == null || run.phase().isTerminal() ? 0 : own; // an ended run is counted
        return Math.min(1, (ended + share) / runs.all());
    }

    private synchronized byte[] body() throws JsonProcessingException {
        double progress = progress();
        var now = clock.instant();
        var status = new LinkedHashMap<String, Object>();
        status.put("progressPercentage", (int) (progress * 100));
        if (begun != null && progress > begunAt) {
            double seconds = Duration.between(begun, now).toMillis() / 1000.0;
            status.put("estimatedRemainingSeconds", (int)
                    Math.min(Integer.MAX_VALUE, seconds / (progress - begunAt) * (1 - progress)));
        }
        status.put("metrics", metrics());
        status.put("lastUpdatedTime", now.toString());
        return JSON.writeValueAsBytes(Map.of("trainerStatus", status));
    }

    private List<Map<String, String>> metrics() {
        var metrics = new ArrayList<Map<String, String>>();
        if (run != null) {
            metrics.add(metric("run", run.runId()));
            metrics.add(metric("epoch", Integer.toString(run.epoch())));
            var score = run.latest();
            if (score != null) {
                metrics.add(metric("clean_accuracy", accuracy(score.clean())));
                metrics.add(metric("robust_accuracy", accuracy(score.robust())));
                metrics.add(metric("worst_class", score.worstClass()));
                metrics.add(metric("worst_class_robust_accuracy", accuracy(score.worstRobust())));
            }
        }
        if (experiment != null) {
            metrics.add(
                    metric("finished_runs", Integer.toString(experiment.runs().finished())));
            metrics.add(metric("failed_runs", Integer.toString(experiment.runs().failed())));
            var best = experiment.best();
            if (best != null) {
                metrics.add(metric("best_worst_class_robust_accuracy", accuracy(best.worstRobust())));
            }
        }
        return metrics;
    }

    private static Map<String, String> metric(String name, String value) {
        var metric = new LinkedHashMap<String, String>();
        metric.put("name", name);
        metric.put("value", value);
        return metric;
    }

    private static String accuracy(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private void send() {
        try {
            while (awaitChange()) {
                post();
                pause();
            }
            if (takeChange()) {
                post();
            }
        } catch (InterruptedException e) {
            log.atDebug().log("interrupted: the trainer ends");
        }
    }

    /** Returns whether to go on: false once this object closes. */
    private synchronized boolean awaitChange() throws InterruptedException {
        while (!changed && !closing) {
            wait();
        }
        return !closing && takeChange();
    }

    private synchronized boolean takeChange() {
        boolean is = changed;
        changed = false;
        return is;
    }

    private synchronized void pause() throws InterruptedException {
        var end = System.nanoTime() + interval.toNanos();
        for (long left = interval.toMillis(); left > 0 && !closing; left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    private void post() throws InterruptedException {
        try {
            var request = request(environment, body());
            if (http == null) {
                http = client(environment.get(CA_CERT));
            }
            var response = http.send(request, BodyHandlers.discarding());
            if (response.statusCode() / 100 != 2) {
                throw new IOException("it responded with status " + response.statusCode());
            }
            failed = false;
        } catch (IOException e) {
            var line = failed ? log.atDebug() : log.atWarn(); // a server that is gone fails every few seconds
            failed = true;
            http = null; // with the certificate that is there then
            line.addKeyValue("reason", e.getMessage() == null ? e.toString() : e.getMessage())
                    .log(
                            "the status of the TrainJob cannot be set; training goes on, and the next status is tried again");
        }
    }

    /**
     * The message with this body.
     *
     * @throws IOException with the variable that is wrong and why; nothing of the token
     */
    static HttpRequest request(Map<String, String> environment, byte[] body) throws IOException {
        var request = HttpRequest.newBuilder()
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        try {
            var url = new URI(environment.getOrDefault(URL, ""));
            if (!"https".equalsIgnoreCase(url.getScheme())) {
                throw new IOException(URL + " is no https address, and the token must not go over any other");
            }
            request.uri(url);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new IOException(URL + " is no address of a server", e);
        }
        var token = environment.get(TOKEN);
        if (token != null) { // read each time, since Kubernetes renews it
            request.header("Authorization", "Bearer " + token(token));
        }
        return request.build();
    }

    private static String token(String file) throws IOException {
        byte[] token;
        try (var in = Files.newInputStream(Path.of(file))) {
            token = in.readNBytes(MAX_TOKEN + 1);
        } catch (InvalidPathException e) {
            throw new IOException(TOKEN + " is no path: " + e.getReason(), e);
        } catch (IOException e) {
            throw new IOException(TOKEN + " cannot be read: " + FileTrouble.words(e), e);
        }
        var text = new String(token, StandardCharsets.UTF_8).strip();
        if (token.length > MAX_TOKEN || !text.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IOException(TOKEN + " is no file with a token"); // the JDK's words for it would contain it
        }
        return text;
    }

    /** @throws IOException with the variable that is wrong and why */
    static HttpClient client(@Nullable String certificates) throws IOException {
        var builder = HttpClient.newBuilder().connectTimeout(TIMEOUT);
        if (certificates == null) {
            return builder.build();
        }
        try (var pem = Files.newInputStream(Path.of(certificates))) {
            var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (var certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.readNBytes(MAX_CERTIFICATES)))) {
                trusted.setCertificateEntry("ca-" + number++, certificate);
            }
            if (number == 0) {
                throw new IOException("it is empty");
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            var tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            return builder.sslContext(tls).build();
        } catch (InvalidPathException e) {
            throw new IOException(CA_CERT + " is no path: " + e.getReason(), e);
        } catch (GeneralSecurityException e) {
            throw new IOException(CA_CERT + " is no file with certificates: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(CA_CERT + " cannot be read: " + FileTrouble.words(e), e);
        }
    }

    /** Sends the last state, and waits for that no longer than for one request. */
    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        try {
            thread.join(TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }
}
