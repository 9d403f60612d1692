package dev.frl.cli.kafka;

import dev.frl.broker.BrokerException;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.Connections;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.service.HostTrouble;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Connections to real brokers. */
public final class KafkaConnections implements Connections {
    @Override
    public Cluster to(KafkaSettings settings) {
        return new KafkaCluster(settings);
    }

    @Override
    public Local start(EmbeddedSettings settings) throws InterruptedException {
        return local(settings, Embedded::start);
    }

    @Override
    public Local startRecorders(EmbeddedSettings settings) throws InterruptedException {
        return local(settings, Embedded::startRecorders);
    }

    private interface Start {
        Embedded with(EmbeddedSettings settings) throws InterruptedException;
    }

    private static Local local(EmbeddedSettings settings, Start start) throws InterruptedException {
        try {
            var embedded = start.with(settings);
            return new Local() {
                @Override
                public Cluster cluster() {
                    return new KafkaCluster(embedded.kafka());
                }

                @Override
                public boolean recorded() {
                    return embedded.recorded();
                }

                @Override
                public List<String> unrecorded() {
                    return embedded.unrecorded();
                }

                @Override
                public Optional<String> failure() {
                    return embedded.failure();
                }

                @Override
                public void close() {
                    embedded.close();
                }
            };
        } catch (BrokerException e) {
            throw refused(e);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw CliException.failed(String.valueOf(e.getMessage()), e);
        } catch (Error e) {
            throw CliException.failed("the services cannot run: " + HostTrouble.words(e), e);
        }
    }

    private static CliException refused(BrokerException e) {
        String message = String.valueOf(e.getMessage());
        return e.isInUse() ? CliException.temporary(message, e) : CliException.failed(message, e);
    }

    @Override
    public Local startBroker(Path directory) {
        EmbeddedBroker broker;
        try {
            broker = EmbeddedBroker.start(directory, 0);
        } catch (BrokerException e) {
            throw refused(e);
        }
        return new Local() {
            @Override
            public Cluster cluster() {
                return new KafkaCluster(KafkaSettings.of(broker.bootstrapServers()));
            }

            @Override
            public boolean recorded() {
                return true;
            }

            @Override
            public List<String> unrecorded() {
                return List.of();
            }

            @Override
            public Optional<String> failure() {
                return Optional.empty();
            }

            @Override
            public void close() {
                broker.close();
            }
        };
    }
}
