global using Engine.Buffers;
global using Engine.Objects;
global using Engine.Testing.Cache;
global using static Engine.Testing.Cache.CacheFixture;
