package com.example;

public final class Greeting {
    private Greeting() {}

    public static String to(String name) {
        return "Hello, " + name + ", out of the private repository";
    }
}
