package dev.frl.core.run;

/**
 * Weights that were written before they were announced.
 *
 * @param location URI of the safetensors file
 * @param sha256 of the file, 64 hex digits
 */
public record CheckpointRef(String location, String sha256) {}
