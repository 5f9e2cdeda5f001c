package com.example;

public class Main {
    public static void main(String[] arguments) throws java.io.IOException {
        var release = new java.util.Properties();
        try (var stream = Main.class.getResourceAsStream("/studio/acme.properties")) {
            release.load(stream);
        }
        System.out.println("built with release " + release.getProperty("version"));
    }
}
