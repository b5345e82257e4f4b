global using Engine.Buffers;
global using Engine.Objects;
